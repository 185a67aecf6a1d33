/**
 * Changes that the verifier cannot route either. The sink has applied them or has a finding of them; which of the two, the
 * state database tells. Without a finding nobody else looks after the change: it is noted as unverified.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Refusal } from '../route/build-finding.ts';
import { Pause } from '../runtime/pause.ts';
import type { FindingIndex, FindingScope } from '../state/finding.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
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
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

const MOST_PER_QUESTION = 500;
/** Of the record as a whole. */
const WHOLE = -1;

export class RefusalDesk {
  readonly #options: RefusalDeskOptions;
  readonly #pause: Pause;
  #waiting: RefusedChange[] = [];
  #running: Promise<void> | undefined;
  #blocked: string | undefined;
  #isStopped = false;

  constructor(options: RefusalDeskOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
  }

  /** Without an answer. */
  get rows(): number {
    return this.#waiting.length;
  }

  /** Why there is none. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  add(refused: RefusedChange): void {
    this.#waiting.push(refused);
    this.#start();
  }

  /** Again, when something came while the last run ended. */
  #start(): void {
    if (this.#isStopped || this.#waiting.length === 0) {
      return;
    }
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      this.#start();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    await this.#running;
  }

  async #run(): Promise<void> {
    await undefined; // what is refused in the same moment is asked for together
    for (let failures = 0; this.#waiting.length > 0 && !this.#isStopped; ) {
      const batch = this.#waiting.slice(0, MOST_PER_QUESTION);
      const stuck = await this.#tryList(batch);
      if (this.#isStopped) {
        return;
      }
      this.#blocked = stuck instanceof Error ? stuck.message : undefined;
      if (stuck instanceof Error) {
        await this.#wait(stuck, failures);
        failures += 1;
      } else {
        failures = 0;
        this.#waiting = this.#waiting.slice(batch.length);
        this.#tell(batch, stuck);
      }
    }
  }

  /** @returns offset and payload of each finding, or why they are not known */
  async #tryList(batch: readonly RefusedChange[]): Promise<ReadonlySet<string> | ReplicationError> {
    const { findings, scope } = this.#options;
    const offsets = [...new Set(batch.map(({ refusal }) => refusal.record.offset))];
    try {
      const stuck = await findings.listStuck(scope, offsets);
      return new Set(stuck.map(({ offset, payloadIndex }) => `${offset}/${payloadIndex}`));
    } catch (error) {
      return asReplicationError(error);
    }
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

  async #wait(error: ReplicationError, failures: number): Promise<void> {
    const { random, logger } = this.#options;
    const delayMs = reconnectDelayMs(failures, random());
    logger.event('verifier.refusal.unasked', { reason: error.message, rows: this.#waiting.length, delayMs });
    await this.#pause.wait(delayMs);
  }
}
