/** Hands wrong rows to the recovery actor of the partition, in order, each until it is stored there. */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { recoveryJob } from '../../protocol/message/job.ts';
import type { FindingReport } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import { takeReport } from '../row/take-report.ts';
import type { MessageBus } from '../runtime/message-bus.ts';
import { Pause } from '../runtime/pause.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
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
}

const TIMEOUT_MS = 5_000;

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #subject: string;
  readonly #pause: Pause;
  #queue: ReportedRow[] = [];
  #running: Promise<void> | undefined;
  #sent = 0;
  #blocked: string | undefined;
  #isStopped = false;

  constructor(options: ReporterOptions) {
    const { environment, pipeline, partition } = options;
    this.#options = options;
    this.#pause = new Pause(options.clock);
    this.#subject = buildSubjects(environment).actorCommand(recoveryJob(pipeline, partition).name, 'report');
  }

  /** Rows that are not stored yet. */
  get queuedRows(): number {
    return this.#queue.length;
  }

  /** Why they are not. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  add(rows: readonly ReportedRow[]): void {
    this.#queue.push(...rows);
    this.#start();
  }

  /** Again, when something came while the last run ended. */
  #start(): void {
    if (this.#isStopped || this.#queue.length === 0) {
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
    const { onStored, logger, isOfCanary } = this.#options;
    await undefined; // what is added in the same moment goes together
    while (this.#queue.length > 0 && !this.#isStopped) {
      const group = takeReport(this.#queue);
      await this.#repeat(group);
      if (!this.#isStopped) {
        this.#queue = this.#queue.slice(group.length);
        const rows = group.filter(({ checks }) => !checks.every(isOfCanary)).length;
        if (rows > 0) {
          logger.event('verifier.mismatch.reported', { rows });
        }
        onStored(group);
      }
    }
  }

  async #repeat(group: readonly ReportedRow[]): Promise<void> {
    const { idPrefix, random, logger } = this.#options;
    const body: FindingReport = { mismatches: group.map(({ mismatch }) => mismatch), cleared: [] };
    const id = `${idPrefix}.${this.#sent}`;
    this.#sent += 1;
    for (let failures = 0; !this.#isStopped; failures += 1) {
      const failure = await this.#try(id, body);
      this.#blocked = failure?.message;
      if (failure === undefined) {
        return;
      }
      const delayMs = reconnectDelayMs(failures, random());
      logger.event('verifier.report.retry', { reason: failure.message, rows: group.length, delayMs });
      await this.#pause.wait(delayMs);
    }
  }

  async #try(id: string, body: FindingReport): Promise<ReplicationError | undefined> {
    try {
      const message = { type: 'report', id, epoch: 0, body };
      const { code, message: reason } = await this.#options.bus.request(this.#subject, message, TIMEOUT_MS);
      return code === 'OK' ? undefined : new ReplicationError('ERG_4005', `recovery answered ${code} ${reason}`);
    } catch (error) {
      return new ReplicationError('ERG_4005', asReplicationError(error).message, { cause: error });
    }
  }
}
