import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import type { StatusAlert } from '../../protocol/message/supervisor-status.ts';

export interface Alert {
  readonly code: ErrorCode;
  /** What it is about, so that the same trouble with other numbers in its message stays the same alert. */
  readonly about: string;
  readonly message: string;
}

/** Remembers since when each alert holds. */
export class AlertBook {
  #sinceMs = new Map<string, number>();

  /** @param alerts all that hold now; what was there before and is not any more is forgotten */
  date(alerts: readonly Alert[], wallMs: number): StatusAlert[] {
    const before = this.#sinceMs;
    this.#sinceMs = new Map(alerts.map((alert) => [buildKey(alert), before.get(buildKey(alert)) ?? wallMs]));
    return alerts.map((alert) => ({
      code: alert.code,
      message: alert.message,
      sinceMs: this.#sinceMs.get(buildKey(alert)) ?? wallMs,
    }));
  }
}

function buildKey({ code, about }: Alert): string {
  return `${code} ${about}`;
}
