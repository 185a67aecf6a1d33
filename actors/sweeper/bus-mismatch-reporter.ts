import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { recoveryJob } from '../../protocol/message/job.ts';
import type { FindingReport } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import type { MessageBus } from '../runtime/message-bus.ts';
import type { MismatchReporter } from './mismatch-reporter.ts';

export interface BusMismatchReporterOptions {
  readonly environment: string;
  readonly pipeline: string;
  /** Begins the ids of its messages: nobody else's begin so. */
  readonly idPrefix: string;
  readonly bus: Pick<MessageBus, 'request'>;
}

const TIMEOUT_MS = 5_000;

export class BusMismatchReporter implements MismatchReporter {
  readonly #options: BusMismatchReporterOptions;
  readonly #subjects: ReturnType<typeof buildSubjects>;
  #sent = 0;

  constructor(options: BusMismatchReporterOptions) {
    this.#options = options;
    this.#subjects = buildSubjects(options.environment);
  }

  async report(partition: number, mismatches: readonly Mismatch[]): Promise<void> {
    const { pipeline, idPrefix, bus } = this.#options;
    const subject = this.#subjects.actorCommand(recoveryJob(pipeline, partition).name, 'report');
    const body: FindingReport = { mismatches, cleared: [] };
    this.#sent += 1;
    try {
      const message = { type: 'report', id: `${idPrefix}.${this.#sent}`, epoch: 0, body };
      const { code, message: reason } = await bus.request(subject, message, TIMEOUT_MS);
      if (code !== 'OK') {
        throw new ReplicationError('ERG_4105', `recovery of partition ${partition} answered ${code} ${reason}`);
      }
    } catch (error) {
      const coded = asReplicationError(error);
      throw coded.code === 'ERG_4105' ? coded : new ReplicationError('ERG_4105', coded.message, { cause: error });
    }
  }
}
