import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { readCanaryAnswer, readRereadAnswer } from '../../protocol/message/canary-codec.ts';
import type {
  CanaryAnswer,
  CanaryRequest,
  CanaryReturn,
  RereadAnswer,
  RereadRequest,
} from '../../protocol/message/canary-message.ts';
import type { Reply } from '../../protocol/message/envelope.ts';
import { recoveryJob, sinkJob, verifierJob } from '../../protocol/message/job.ts';
import { readRepairAnswer } from '../../protocol/message/recovery-codec.ts';
import type { FindingReport, RepairAnswer, RepairRequest } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { BusMismatchReporterOptions } from './bus-mismatch-reporter.ts';
import type { CanaryDesk } from './canary-parts.ts';

/** A sink holds a lane, looks and writes, each with a deadline of its own. */
const TIMEOUT_MS = 30_000;
/** A verifier answers with what it knows. */
const REREAD_MS = 5_000;

export class BusCanaryDesk implements CanaryDesk {
  readonly #options: BusMismatchReporterOptions;
  readonly #subjects: ReturnType<typeof buildSubjects>;
  #sent = 0;

  constructor(options: BusMismatchReporterOptions) {
    this.#options = options;
    this.#subjects = buildSubjects(options.environment);
  }

  async damage(partition: number, request: CanaryRequest): Promise<CanaryAnswer> {
    const { name } = sinkJob(this.#options.pipeline, partition);
    return readCanaryAnswer((await this.#ask(name, 'canary', request)).body);
  }

  async giveBack(partition: number, request: CanaryReturn): Promise<CanaryAnswer> {
    const { name } = sinkJob(this.#options.pipeline, partition);
    return readCanaryAnswer((await this.#ask(name, 'canary-return', request)).body);
  }

  async reread(partition: number, request: RereadRequest): Promise<RereadAnswer> {
    const { name } = verifierJob(this.#options.pipeline, partition);
    return readRereadAnswer((await this.#ask(name, 'canary', request, REREAD_MS)).body);
  }

  async repair(partition: number, row: RowName): Promise<RepairAnswer> {
    const { name } = sinkJob(this.#options.pipeline, partition);
    const request: RepairRequest = { row, mode: 'repair', mayDelete: false };
    return readRepairAnswer((await this.#ask(name, 'repair', request)).body);
  }

  async clear(partition: number, { table, shard, rowKey }: RowName, offset: string): Promise<void> {
    const { name } = recoveryJob(this.#options.pipeline, partition);
    const report: FindingReport = { mismatches: [], cleared: [{ row: { table, shard, rowKey }, offset }] };
    await this.#ask(name, 'report', report);
  }

  async #ask(job: string, verb: string, body: unknown, timeoutMs = TIMEOUT_MS): Promise<Reply> {
    this.#sent += 1;
    const message = { type: verb, id: `${this.#options.idPrefix}.${this.#sent}`, epoch: 0, body };
    const reply = await this.#options.bus.request(this.#subjects.actorCommand(job, verb), message, timeoutMs);
    if (reply.code !== 'OK') {
      throw new ReplicationError('ERG_6102', `${job} answered ${reply.code} ${reply.message}`);
    }
    return reply;
  }
}
