/** Rows that the source, or a look-up, was asked for in vain: each is counted, and now and then somebody is told. */
import type { Clock } from '../../protocol/clock.ts';
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { VerifierProgress } from './verifier-progress.ts';

export interface SourceSilenceOptions {
  readonly progress: Pick<VerifierProgress, 'sawUnanswered'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A source that is away for an hour is sixty lines. */
const TELL_EVERY_MS = 60_000;
/** No answer, or a refusal. */
const CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ERG_2101', 'ERG_2103']);

export class SourceSilence {
  readonly #options: SourceSilenceOptions;
  #untold = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(options: SourceSilenceOptions) {
    this.#options = options;
  }

  /** Whatever else has failed is passed over. @param rows that were asked for */
  saw(error: ReplicationError, rows: number): void {
    const { progress, clock, logger } = this.#options;
    if (!CODES.has(error.code) || rows === 0) {
      return;
    }
    progress.sawUnanswered(rows);
    this.#untold += rows;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#toldMs >= TELL_EVERY_MS) {
      logger.event('verifier.source.silent', { reason: error.message, rows: this.#untold });
      this.#untold = 0;
      this.#toldMs = nowMs;
    }
  }
}
