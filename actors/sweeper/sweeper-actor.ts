/**
 * Sweeps the tables of a pipeline when that is due, and whatever was ordered before that. One table at a time; what is under
 * way stands in the state database, so that a killed sweeper goes on with the last chunk, here or elsewhere.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ActorState, ActorStatus } from '../../protocol/message/actor-status.ts';
import type { Actor } from '../runtime/actor.ts';
import { Pause } from '../runtime/pause.ts';
import { Repeats } from '../runtime/repeats.ts';
import type { SweepRun } from '../state/sweep-store.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import { CanaryKeeper } from './canary-keeper.ts';
import { RowOwner } from './row-owner.ts';
import { SweepRunner } from './sweep-runner.ts';
import type { SweeperDeps } from './sweeper-deps.ts';
import { SweeperProgress } from './sweeper-progress.ts';

/** How often it looks whether something is due, or was ordered. */
const LOOK_EVERY_MS = 2_000;

export function createSweeperActor(deps: SweeperDeps): Actor {
  return new SweeperActor(deps);
}

class SweeperActor implements Actor {
  readonly #deps: SweeperDeps;
  readonly #pause: Pause;
  readonly #repeats: Repeats;
  readonly #progress = new SweeperProgress();
  readonly #canaries: CanaryKeeper | undefined;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<Error | undefined>();
  #state: ActorState = 'starting';
  #reason: string | undefined;
  #sinceMs: number;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #isOrdered = false;

  constructor(deps: SweeperDeps) {
    this.#deps = deps;
    this.#pause = new Pause(deps.clock);
    this.#repeats = new Repeats(deps.clock);
    const { canary } = deps;
    this.#canaries = canary && new CanaryKeeper(deps, canary);
    this.#sinceMs = deps.clock.wallMs();
    this.#started.promise.catch(() => {}); // a stop before the start leaves nobody to listen
  }

  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  start(): Promise<void> {
    if (this.#running === undefined && !this.#isStopped) {
      this.#running = this.#run();
    }
    return this.#started.promise;
  }

  /** A chunk that is under way is not worth waiting for: it is read again. */
  drain(): Promise<void> {
    return this.stop();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pause.end();
    this.#repeats.stop();
    this.#deps.sides.close();
    await Promise.all([this.#running, this.#canaries?.stop()]);
    this.#end(undefined);
  }

  status(): ActorStatus {
    const detail = { ...this.#progress.describe(), canary: this.#canaries?.describe() };
    return { state: this.#state, reason: this.#reason, sinceMs: this.#sinceMs, detail };
  }

  async #run(): Promise<void> {
    const { logger, pipeline } = this.#deps;
    logger.event('sweeper.started', { pipeline });
    this.#repeats.every('orders', LOOK_EVERY_MS, async () => {
      this.#isOrdered = await this.#deps.store.hasOrders(pipeline);
    });
    this.#canaries?.start();
    for (let failures = 0; !this.#isStopped; ) {
      try {
        await this.#work();
        failures = 0;
      } catch (thrown) {
        const error = asReplicationError(thrown);
        failures += 1;
        if (!(await this.#mayGoOn(error, failures))) {
          return;
        }
      }
    }
  }

  /** One sweep, or a look for one. */
  async #work(): Promise<void> {
    const { store, pipeline, placeEpoch } = this.#deps;
    const run = (await store.next(pipeline, placeEpoch)) ?? (await this.#schedule());
    this.#progress.tables = await store.listSwept(pipeline);
    this.#tellTrouble(undefined);
    this.#started.resolve();
    if (run === undefined) {
      await this.#pause.wait(LOOK_EVERY_MS);
      return;
    }
    await this.#sweep(run);
  }

  async #schedule(): Promise<SweepRun | undefined> {
    const { store, pipeline, placeEpoch, everyMs } = this.#deps;
    if (everyMs === undefined) {
      return undefined;
    }
    const ageMs = await store.readScheduleAgeMs(pipeline);
    if (ageMs !== undefined && ageMs < everyMs) {
      return undefined;
    }
    await store.order({ pipeline, origin: 'schedule', scope: {}, by: 'schedule' });
    return await store.next(pipeline, placeEpoch);
  }

  async #sweep(run: SweepRun): Promise<void> {
    const { readPartitionCount, recordKeys } = this.#deps;
    const owner = new RowOwner(recordKeys, await readPartitionCount());
    this.#isOrdered = false;
    const runner = new SweepRunner({
      deps: this.#deps,
      run,
      owner,
      progress: this.#progress,
      pause: this.#pause,
      isStopped: () => this.#isStopped,
      mustYield: () => run.origin === 'schedule' && this.#isOrdered,
      onTrouble: (error) => this.#tellTrouble(error),
    });
    try {
      await runner.run();
    } finally {
      this.#progress.leave();
    }
  }

  /** Waits out the back-off; false when the actor is over. */
  async #mayGoOn(error: ReplicationError, failures: number): Promise<boolean> {
    if (this.#isStopped) {
      return false;
    }
    if (error.class === 'configuration' || error.class === 'bug' || error.class === 'row') {
      this.#end(error);
      return false;
    }
    // Expected: a person stopped the sweep, or a newer sweeper has it and this one is about to be stopped.
    if (error.class !== 'expected') {
      this.#tellTrouble(error);
      this.#started.resolve();
      this.#deps.logger.event('sweeper.waiting', { reason: error.message });
    }
    await this.#pause.wait(reconnectDelayMs(failures, this.#deps.random()));
    return true;
  }

  #tellTrouble(error: ReplicationError | undefined): void {
    if (!this.#isStopped) {
      this.#enter(error === undefined ? 'running' : 'waiting', error?.message);
    }
  }

  #end(error: ReplicationError | undefined): void {
    if (this.#state === 'stopped' || this.#state === 'failed') {
      return;
    }
    const { logger, pipeline } = this.#deps;
    this.#repeats.stop();
    if (error === undefined) {
      logger.event('sweeper.stopped', { pipeline });
      this.#enter('stopped', undefined);
      this.#started.reject(new ReplicationError('ERG_9001', 'the sweeper was asked to stop'));
    } else {
      logger.event('sweeper.failed', { pipeline, reason: error.message });
      this.#enter('failed', error.message);
      void this.#canaries?.stop();
      this.#deps.sides.close();
      this.#started.reject(error);
    }
    this.#ended.resolve(error);
  }

  #enter(state: ActorState, reason: string | undefined): void {
    if (state !== this.#state) {
      this.#sinceMs = this.#deps.clock.wallMs();
    }
    this.#state = state;
    this.#reason = reason;
  }
}
