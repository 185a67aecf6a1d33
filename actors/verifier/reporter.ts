/** Hands wrong rows to the recovery actor of the partition, in order, each until it is stored there. */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { recoveryJob } from '../../protocol/message/job.ts';
import type { FindingReport } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import { takeReport } from '../row/take-report.ts';
import type { MessageBus } from '../runtime/message-bus.ts';
import { RetryQueue } from '../runtime/retry-queue.ts';
import type { ReportedRow } from './suspect.ts';
import type { Check } from './verifier-progress.ts';

export interface ReporterOptions {
  readonly environment: string;
  readonly pipeline: string;
  readonly partition: number;
  /** Begins the ids of its messages: nobody else's begin so. */
  readonly idPrefix: string;
  readonly bus: MessageBus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Its row was damaged on purpose: nobody has to look. */
  readonly isOfCanary: (check: Check) => boolean;
  readonly onStored: (rows: readonly ReportedRow[]) => void;
  readonly onFailed: (error: unknown) => void;
}

const TIMEOUT_MS = 5_000;

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #subject: string;
  readonly #queue: RetryQueue<ReportedRow, void>;

  constructor(options: ReporterOptions) {
    const { environment, pipeline, partition, clock, random, logger, onFailed } = options;
    this.#options = options;
    this.#subject = buildSubjects(environment).actorCommand(recoveryJob(pipeline, partition).name, 'report');
    this.#queue = new RetryQueue({
      choose: takeReport,
      send: (group, groupNo) => this.#send(group, groupNo),
      onTaken: (group) => this.#noteStored(group),
      onRetry: ({ message: reason }, { length: rows }, delayMs) =>
        logger.event('verifier.report.retry', { reason, rows, delayMs }),
      onFailed,
      clock,
      random,
    });
  }

  /** Rows that are not stored yet. */
  get queuedRows(): number {
    return this.#queue.size;
  }

  /** Why they are not. */
  get blocked(): string | undefined {
    return this.#queue.blocked;
  }

  add(rows: readonly ReportedRow[]): void {
    this.#queue.add(rows);
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
  }

  #noteStored(group: readonly ReportedRow[]): void {
    const { isOfCanary, logger, onStored } = this.#options;
    const rows = group.filter(({ checks }) => !checks.every(isOfCanary)).length;
    if (rows > 0) {
      logger.event('verifier.mismatch.reported', { rows });
    }
    onStored(group);
  }

  /** @throws ReplicationError ERG_4005 */
  async #send(group: readonly ReportedRow[], groupNo: number): Promise<void> {
    const body: FindingReport = { mismatches: group.map(({ mismatch }) => mismatch), cleared: [] };
    const message = { type: 'report', id: `${this.#options.idPrefix}.${groupNo}`, epoch: 0, body };
    const { code, message: reason } = await this.#options.bus
      .request(this.#subject, message, TIMEOUT_MS)
      .catch((error: unknown) => {
        throw unheard(error);
      });
    if (code !== 'OK') {
      throw new ReplicationError('ERG_4005', `recovery answered ${code} ${reason}`);
    }
  }
}

function unheard(error: unknown): ReplicationError {
  return new ReplicationError('ERG_4005', asReplicationError(error).message, { cause: error });
}
