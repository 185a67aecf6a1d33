/**
 * Keeps the cases of the wrong rows of one partition, and sees each to its end: looks again, has the owner of the row repair it,
 * proves the repair, closes it.
 *
 * Guaranteed: a report is answered OK only when it is stored; at most one repair of a row is asked for at a time; what is asked
 * for stands in the case before. Everything is in the state database: killed at any moment it loses nothing, and while that
 * database is away it does nothing and holds nothing. It never writes a row of a target itself.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ActorState, ActorStatus } from '../../protocol/message/actor-status.ts';
import type { Envelope } from '../../protocol/message/envelope.ts';
import { recoveryJob } from '../../protocol/message/job.ts';
import { readFindingReport } from '../../protocol/message/recovery-codec.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { Actor } from '../runtime/actor.ts';
import type { Answer } from '../runtime/message-bus.ts';
import { Pause } from '../runtime/pause.ts';
import { settleWithin } from '../runtime/settle-within.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { RecoveryDeps } from './recovery-deps.ts';
import { stopRequested } from './recovery-progress.ts';
import { RecoveryRound } from './recovery-round.ts';

/** For what is under way when the actor stops; it writes nothing any more. */
const STOP_MS = 5_000;
/** Between two rounds. */
const ROUND_MS = 1_000;

export function createRecoveryActor(deps: RecoveryDeps): Actor {
  return new RecoveryActor(deps);
}

class RecoveryActor implements Actor {
  readonly #deps: RecoveryDeps;
  readonly #round: RecoveryRound;
  readonly #pause: Pause;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<Error | undefined>();
  #serving: Disposable | undefined;
  #running: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #hasPlace = false;
  #isStopping = false;
  #state: ActorState = 'starting';
  #reason: string | undefined;
  #sinceMs: number;

  constructor(deps: RecoveryDeps) {
    this.#deps = deps;
    this.#round = new RecoveryRound(deps, (error) => this.#judge(error));
    this.#pause = new Pause(deps.clock);
    this.#sinceMs = deps.clock.wallMs();
    this.#started.promise.catch(() => {}); // a stop before the start leaves nobody to listen
  }

  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  start(): Promise<void> {
    if (this.#running === undefined && !this.#isStopping) {
      const { bus, environment, pipeline, partition } = this.#deps;
      const subject = buildSubjects(environment).actorCommand(recoveryJob(pipeline, partition).name, 'report');
      this.#serving = bus.serve(subject, (message) => this.#report(message));
      this.#running = this.#run().catch((error: unknown) => this.#end(asReplicationError(error)));
    }
    return this.#started.promise;
  }

  async drain(deadlineMs: number): Promise<void> {
    if (this.#ending === undefined && this.#running !== undefined) {
      this.#enter('draining', undefined);
      this.#isStopping = true;
      this.#serving?.[Symbol.dispose]();
      this.#pause.end();
      const finished = this.#running.then(() => this.#round.repairer.stop()).then(() => this.#round.repairer.settle());
      await settleWithin(this.#deps.clock, deadlineMs, finished);
    }
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#end(undefined);
    await this.#ending;
  }

  status(): ActorStatus {
    const { counts, progress, stops } = this.#round;
    return {
      state: this.#state,
      reason: this.#reason,
      sinceMs: this.#sinceMs,
      detail: {
        kind: 'recovery',
        mode: this.#deps.rules.mode,
        cases: { ...counts.states },
        oldestCaseMs: counts.oldestMs,
        counts: { ...progress.counts },
        stopped: stops.stopped,
      },
    };
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#isStopping; ) {
      try {
        await this.#runOnce();
        failures = 0;
        await this.#pause.wait(ROUND_MS);
      } catch (error) {
        await this.#waitAfter(asReplicationError(error), failures);
        failures += 1;
      }
    }
  }

  async #runOnce(): Promise<void> {
    if (!this.#hasPlace) {
      await this.#round.takePlace();
      this.#hasPlace = true;
      this.#deps.logger.event('recovery.started', {});
    }
    await this.#round.run();
    if (this.#state === 'starting' || this.#state === 'waiting') {
      this.#enter('running', undefined);
    }
    this.#started.resolve();
  }

  async #waitAfter(error: ReplicationError, failures: number): Promise<void> {
    if (isFatal(error)) {
      throw error;
    }
    const delayMs = reconnectDelayMs(failures, this.#deps.random());
    this.#deps.logger.event('recovery.waiting', { reason: error.message, delayMs });
    if (!this.#isStopping) {
      this.#enter('waiting', error.message);
    }
    this.#started.resolve();
    await this.#pause.wait(delayMs);
  }

  /** Of work beside the rounds. What may pass is taken up again by a later round. */
  #judge(error: ReplicationError): void {
    if (isFatal(error)) {
      this.#end(error);
    }
  }

  async #report({ body }: Envelope): Promise<Answer> {
    const report = readFindingReport(body);
    const { partition } = this.#deps;
    const stray = report.mismatches.find(({ evidence }) => evidence.partition !== partition);
    if (stray !== undefined) {
      throw new ReplicationError(
        'ERG_6103',
        `evidence of partition ${stray.evidence.partition}, expected ${partition}`,
      );
    }
    if (!this.#hasPlace || this.#isStopping) {
      return { code: 'FAILED', message: this.#reason ?? 'the recovery actor is not at work', maxEpoch: 0 };
    }
    try {
      await this.#round.intake.store(report);
      return { code: 'OK', message: '', maxEpoch: 0 };
    } catch (thrown) {
      const error = asReplicationError(thrown);
      this.#judge(error);
      return { code: 'FAILED', message: error.message, maxEpoch: 0 };
    }
  }

  #end(error: ReplicationError | undefined): void {
    this.#ending ??= this.#close(error);
  }

  /** Requests to the sink are not waited for; nobody takes their answers. */
  async #close(error: ReplicationError | undefined): Promise<void> {
    this.#isStopping = true;
    this.#pause.end();
    this.#serving?.[Symbol.dispose]();
    this.#round.book.stop();
    const settled = Promise.allSettled([this.#running, this.#round.repairer.stop()]);
    await settleWithin(this.#deps.clock, STOP_MS, settled);
    const failure = error?.class === 'expected' ? undefined : error;
    this.#deps.logger.event(failure === undefined ? 'recovery.stopped' : 'recovery.failed', {
      reason: failure?.message,
    });
    this.#enter(failure === undefined ? 'stopped' : 'failed', failure?.message);
    this.#started.reject(failure ?? stopRequested());
    this.#ended.resolve(failure);
  }

  #enter(state: ActorState, reason: string | undefined): void {
    if (state !== this.#state) {
      this.#sinceMs = this.#deps.clock.wallMs();
    }
    this.#state = state;
    this.#reason = reason;
  }
}

function isFatal(error: ReplicationError): boolean {
  return error.class === 'fenced' || error.class === 'bug' || error.class === 'expected';
}
