/**
 * Changes that the verifier cannot route either. The sink has applied them or has a finding of them; which of the two, the
 * state database tells. Without a finding nobody else looks after the change: it is noted as unverified.
 */
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Refusal } from '../route/build-finding.ts';
import { RetryQueue } from '../runtime/retry-queue.ts';
import type { FindingIndex, FindingScope } from '../state/finding.ts';
import type { Check } from './verifier-progress.ts';

export interface RefusedChange {
  readonly check: Check;
  readonly refusal: Refusal;
}

export interface RefusalDeskOptions {
  readonly scope: FindingScope;
  readonly findings: FindingIndex;
  readonly onStuck: (refused: readonly RefusedChange[]) => void;
  /** The sink has no finding of it. @param error says why the verifier refused it */
  readonly onUnseen: (refused: RefusedChange, error: ReplicationError) => void;
  readonly onFailed: (error: unknown) => void;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

const MOST_PER_QUESTION = 500;
/** Of the record as a whole. */
const WHOLE = -1;

export class RefusalDesk {
  readonly #options: RefusalDeskOptions;
  readonly #queue: RetryQueue<RefusedChange, ReadonlySet<string>>;

  constructor(options: RefusalDeskOptions) {
    const { clock, random, logger, onFailed } = options;
    this.#options = options;
    this.#queue = new RetryQueue({
      choose: (waiting) => waiting.slice(0, MOST_PER_QUESTION),
      send: (batch) => this.#listStuck(batch),
      onTaken: (batch, stuck) => this.#tell(batch, stuck),
      onRetry: ({ message: reason }, _, delayMs) =>
        logger.event('verifier.refusal.unasked', { reason, rows: this.rows, delayMs }),
      onFailed,
      clock,
      random,
    });
  }

  /** Without an answer. */
  get rows(): number {
    return this.#queue.size;
  }

  /** Why there is none. */
  get blocked(): string | undefined {
    return this.#queue.blocked;
  }

  add(refused: RefusedChange): void {
    this.#queue.add([refused]);
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  /** @returns offset and payload of each finding. @throws ReplicationError */
  async #listStuck(batch: readonly RefusedChange[]): Promise<ReadonlySet<string>> {
    const { findings, scope } = this.#options;
    const offsets = [...new Set(batch.map(({ refusal }) => refusal.record.offset))];
    const stuck = await findings.listStuck(scope, offsets);
    return new Set(stuck.map(({ offset, payloadIndex }) => `${offset}/${payloadIndex}`));
  }

  #tell(batch: readonly RefusedChange[], stuck: ReadonlySet<string>): void {
    const { onStuck, onUnseen } = this.#options;
    const isStuck = ({ refusal: { record, payloadIndex } }: RefusedChange) =>
      stuck.has(`${record.offset}/${WHOLE}`) || stuck.has(`${record.offset}/${payloadIndex}`);
    for (const refused of batch.filter((one) => !isStuck(one))) {
      const { message } = refused.refusal.error;
      onUnseen(refused, new ReplicationError('ERG_4008', `the sink has no finding of it, yet ${message}`));
    }
    onStuck(batch.filter(isStuck));
  }
}
