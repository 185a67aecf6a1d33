import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { EventName } from '../../protocol/log/event-catalogue.ts';
import type { LogFields, Logger } from '../../protocol/log/logger.ts';

/** Kinds of complaints (event and subject) that are told apart; subjects may come from outside. */
const MAX_KINDS = 1_000;
const QUIET_MS = 1_000;

/** What goes wrong with messages, at most one log line a second of each kind, with how often it happened since the last. */
export class BusComplaints {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #kinds = new Map<string, { saidAtMs: number; times: number }>();

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  tell(event: EventName, subject: string, fields: LogFields): void {
    const kind = this.#kindOf(`${event} ${subject}`);
    const nowMs = this.#clock.monotonicMs();
    kind.times++;
    if (nowMs - kind.saidAtMs >= QUIET_MS) {
      this.#logger.event(event, { subject, ...fields, times: kind.times });
      kind.saidAtMs = nowMs;
      kind.times = 0;
    }
  }

  /** @returns the error with its code: ERG_6103 blames the sender, everything else is our own fault */
  tellFailure(error: unknown, subject: string, bytes: number): ReplicationError {
    const coded = asReplicationError(error);
    const event = coded.code === 'ERG_6103' ? 'bus.message.unreadable' : 'bus.handler.failed';
    this.tell(event, subject, { bytes, reason: coded.message });
    return coded;
  }

  #kindOf(key: string): { saidAtMs: number; times: number } {
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      if (this.#kinds.size >= MAX_KINDS) {
        this.#kinds.clear();
      }
      kind = { saidAtMs: Number.NEGATIVE_INFINITY, times: 0 };
      this.#kinds.set(key, kind);
    }
    return kind;
  }
}
