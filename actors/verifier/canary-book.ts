/**
 * The verifier's side of a canary: the record that wrote the damaged row is read once more, by the same second reader that
 * reads unverified ranges again, and goes the way of any change: decoded, routed, compared, looked at again, proved, reported.
 *
 * It becomes due as a change does that was published at the moment of the damage: when it is `delay` old, and everything that
 * was in the partition before it has its outcome. So a verifier that stands still, or is far behind, does not find it in time.
 *
 * Nothing of it is counted as verified, and it never becomes an unverified range. A verifier that is killed has forgotten it,
 * and is asked anew.
 */
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { readRereadRequest } from '../../protocol/message/canary-codec.ts';
import type { RereadAnswer, RereadRequest } from '../../protocol/message/canary-message.ts';
import { verifierJob } from '../../protocol/message/job.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import { isReserved } from '../../protocol/verify/reserved-row.ts';
import type { Answer } from '../runtime/message-bus.ts';
import { CanaryReading } from './canary-reading.ts';
import type { StreamEnd } from './stream-end.ts';
import type { VerifierDeps } from './verifier-deps.ts';

export interface CanaryBookOptions {
  readonly deps: VerifierDeps;
  readonly end: StreamEnd;
  /** Everything below it has its outcome. */
  readonly watermark: () => number;
  /** What the verifier waits for, if anything. */
  readonly findBlockage: () => string | undefined;
}

/** Who is not asked for so long is forgotten. */
const FORGOTTEN_MS = 30_000;

export class CanaryBook implements Disposable {
  readonly #options: CanaryBookOptions;
  readonly #clock: Clock;
  #serving: Disposable | undefined;
  #reading: CanaryReading | undefined;
  #askedMs = 0;

  constructor(options: CanaryBookOptions) {
    this.#options = options;
    this.#clock = options.deps.clock;
  }

  /** Answers from now on, where the settings reserve rows. */
  open(): void {
    const { bus, environment, pipeline, partition, settings } = this.#options.deps;
    if (settings.verification?.canary !== undefined) {
      const subject = buildSubjects(environment).actorCommand(verifierJob(pipeline, partition).name, 'canary');
      this.#serving ??= bus.serve(subject, async ({ body }) => this.#tell(await this.ask(readRereadRequest(body))));
    }
  }

  [Symbol.dispose](): void {
    this.#serving?.[Symbol.dispose]();
  }

  /** @throws ReplicationError ERG_6103 for a row that is not reserved; as the end of the stream */
  async ask(request: RereadRequest): Promise<RereadAnswer> {
    const { deps, end } = this.#options;
    const { canary } = deps.settings.verification ?? {};
    if (canary === undefined || !isReserved(canary, request.row)) {
      throw new ReplicationError('ERG_6103', `this row of ${request.row.table} is not reserved for canaries`);
    }
    if (this.#reading?.isOf(request) !== true) {
      const behind = await end.refresh();
      this.#reading = new CanaryReading(deps, { request, behind });
    }
    this.#askedMs = this.#clock.monotonicMs();
    return this.#describe(this.#reading);
  }

  /** The one whose time has come. */
  chooseNext(): CanaryReading | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#askedMs >= FORGOTTEN_MS) {
      this.#reading = undefined;
    }
    const isDue = this.#reading?.isDue(nowMs, this.#options.watermark()) === true;
    return isDue && this.#refusalOf(this.#reading) === undefined ? this.#reading : undefined;
  }

  /** Its time may have come, and the second reader is busy: a verifier that makes up for an outage is not blind. */
  putOff(): void {
    if (this.#reading?.isDue(this.#clock.monotonicMs(), this.#options.watermark()) === true) {
      this.#reading.fail(new ReplicationError('ERG_4109', 'an unverified range is read again first'), false);
    }
  }

  #describe(reading: CanaryReading): RereadAnswer {
    const answer = reading.describe();
    const refusal = this.#refusalOf(reading);
    if (refusal !== undefined && (answer.state === 'waiting' || answer.state === 'reading')) {
      return { ...answer, state: 'unread', message: refusal.message };
    }
    const blockage =
      answer.state === 'waiting' || answer.state === 'reading' ? this.#options.findBlockage() : undefined;
    return { ...answer, message: [answer.message, blockage].filter(Boolean).join('; ') };
  }

  #refusalOf(reading: CanaryReading | undefined): ReplicationError | undefined {
    return reading && this.#options.deps.gateOf?.(reading.shard).refusal;
  }

  #tell(body: RereadAnswer): Answer {
    return { code: 'OK', message: '', maxEpoch: 0, body };
  }
}
