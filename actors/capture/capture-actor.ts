/**
 * Reads the row changes of one source's binary log and writes them to one topic: a change record per source transaction
 * and record key, in commit order per key.
 *
 * Guaranteed: nothing is lost, whatever dies when. The position is saved only behind what Kafka acknowledged, each start
 * resumes from the saved position, and a position that is gone stops the capture instead of being guessed. What was sent
 * after the saved position is sent again after a crash, byte for byte with the same source position; sinks drop it.
 *
 * One capture at a time: each start claims the checkpoint with its place epoch, and the source ends the connection of
 * an older one, as both use the same server id. An older one that wakes up late can append only what is a repeat.
 *
 * Lost connections are made anew for ever, with back-off; only what a person has to decide ends the actor.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { ActorState, ActorStatus } from '../../protocol/message/actor-status.ts';
import type { CaptureSettings } from '../../protocol/settings/settings-schema.ts';
import type { Actor } from '../runtime/actor.ts';
import { Interrupt } from '../runtime/interrupt.ts';
import { Pause } from '../runtime/pause.ts';
import { settleWithin } from '../runtime/settle-within.ts';
import type { CaptureCheckpoint, CaptureCheckpointStore } from '../state/capture-checkpoint-store.ts';
import type { ChangeProducer } from '../stream/change-producer.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import { CaptureProgress } from './capture-progress.ts';
import { assertRecordKeys, CaptureSession } from './capture-session.ts';
import type { CaptureSource } from './capture-source.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';
import { chooseStart } from './choose-start.ts';

export interface CaptureActorDeps {
  /** Name of the capture in the settings. */
  readonly name: string;
  /** Schema (database) of the captured tables. */
  readonly schema: string;
  readonly settings: CaptureSettings;
  /** Generation of this place; a higher one takes the checkpoint over. */
  readonly placeEpoch: number;
  readonly source: CaptureSource;
  readonly checkpoints: CaptureCheckpointStore;
  /** A new producer for each connection: after a failed send the old one's sequence is of no use. */
  readonly createProducer: () => ChangeProducer;
  /** Partitions of the topic. @throws ReplicationError transient while it does not exist */
  readonly readPartitionCount: () => Promise<number>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Within [0, 1). */
  readonly random: () => number;
}

/** A session that lived this long starts the back-off anew. */
const STEADY_AFTER_MS = 10_000;

export function createCaptureActor(deps: CaptureActorDeps): Actor {
  return new CaptureActor(deps);
}

class CaptureActor implements Actor {
  readonly #deps: CaptureActorDeps;
  readonly #progress: CaptureProgress;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<Error | undefined>();
  readonly #stopping = new Interrupt();
  readonly #pause: Pause;
  #state: ActorState = 'starting';
  #reason: string | undefined;
  #sinceMs: number;
  #unsaved: ReplicationError | undefined;
  #session: CaptureSession | undefined;
  #running: Promise<void> | undefined;
  #isDraining = false;
  #isStopped = false;

  constructor(deps: CaptureActorDeps) {
    this.#deps = deps;
    this.#pause = new Pause(deps.clock);
    this.#sinceMs = deps.clock.wallMs();
    this.#progress = new CaptureProgress(this.#sinceMs);
    this.#started.promise.catch(() => {}); // a stop before the start leaves nobody to listen
  }

  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  start(): Promise<void> {
    if (this.#running === undefined && !this.#isStopped) {
      this.#running = this.#runSessions();
    }
    return this.#started.promise;
  }

  async drain(deadlineMs: number): Promise<void> {
    if (this.#session !== undefined && !this.#isStopped) {
      this.#isDraining = true;
      this.#enter('draining', undefined);
      this.#session.drain();
      await settleWithin(this.#deps.clock, deadlineMs, Promise.resolve(this.#running));
    }
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopping.fire(stopRequested());
    this.#pause.end();
    this.#session?.fail(stopRequested());
    await this.#running;
    this.#end(undefined);
  }

  status(): ActorStatus {
    const { settings, clock } = this.#deps;
    return {
      state: this.#state,
      reason: this.#reason ?? this.#describeTrouble(),
      sinceMs: this.#sinceMs,
      detail: this.#progress.describe(settings.topic, clock.wallMs()),
    };
  }

  /** What a running capture has to complain about. */
  #describeTrouble(): string | undefined {
    const missing = this.#progress.missingTables;
    if (missing.length > 0) {
      return `ERG_1510: not at the source: ${missing.join(', ')}`;
    }
    const moved = [...this.#progress.moved].map(([table, rows]) => `${table} (${rows})`);
    return moved.length > 0 ? `ERG_1511: rows got another record key: ${moved.join(', ')}` : this.#unsaved?.message;
  }

  async #runSessions(): Promise<void> {
    const { clock } = this.#deps;
    for (let failures = 0; !this.#isStopped; ) {
      const startedAtMs = clock.monotonicMs();
      try {
        await this.#runSession();
        break;
      } catch (error) {
        failures = clock.monotonicMs() - startedAtMs > STEADY_AFTER_MS ? 0 : failures + 1;
        if (!(await this.#mayRetry(asReplicationError(error), failures))) {
          return;
        }
      }
    }
    this.#end(undefined);
  }

  /** Waits out the back-off; false when the actor is over. */
  async #mayRetry(error: ReplicationError, failures: number): Promise<boolean> {
    if (this.#isStopped || this.#isDraining) {
      this.#end(undefined);
      return false;
    }
    if (error.class !== 'transient' && error.class !== 'unknown') {
      this.#end(error);
      return false;
    }
    const delayMs = reconnectDelayMs(failures, this.#deps.random());
    this.#deps.logger.event('capture.reconnecting', { reason: error.message, delayMs });
    this.#enter('waiting', error.message);
    this.#started.resolve();
    await this.#pause.wait(delayMs);
    return true;
  }

  async #runSession(): Promise<void> {
    const { name, placeEpoch, settings, source, checkpoints } = this.#deps;
    const saved = await this.#stopping.orFired(checkpoints.claim(name, placeEpoch));
    const survey = await this.#stopping.orFired(source.survey());
    const from = chooseStart(saved, settings, survey.logs);
    assertRecordKeys(settings, survey);
    if (from !== saved) {
      // Before anything is read: "now" must not be a later now after a crash.
      await this.#stopping.orFired(checkpoints.save(name, placeEpoch, from));
    }
    const partitions = await this.#stopping.orFired(this.#deps.readPartitionCount());
    this.#progress.acknowledged = from;
    const keeper = this.#createKeeper();
    const session = new CaptureSession({
      ...this.#deps,
      progress: this.#progress,
      producer: this.#deps.createProducer(),
      partitions,
      from,
      survey,
      onAcknowledged: (checkpoint) => {
        this.#progress.acknowledged = checkpoint;
        keeper.reach(checkpoint);
      },
    });
    this.#session = session;
    try {
      await session.run(() => this.#enterRunning(from));
    } finally {
      this.#session = undefined;
      if (!this.#isStopped) {
        await this.#stopping.orFired(keeper.flush());
      }
      keeper.stop();
    }
  }

  #createKeeper(): CheckpointKeeper {
    const { name, placeEpoch, checkpoints, clock, logger } = this.#deps;
    return new CheckpointKeeper({
      clock,
      save: (checkpoint) => checkpoints.save(name, placeEpoch, checkpoint),
      onTrouble: (error) => {
        this.#unsaved = error;
        if (error !== undefined) {
          logger.event('capture.checkpoint.unsaved', { reason: error.message });
        }
      },
      onFailed: (error) => this.#session?.fail(error),
    });
  }

  #enterRunning(from: CaptureCheckpoint): void {
    this.#deps.logger.event('capture.started', { file: from.binlogFile, position: from.binlogPosition });
    if (!this.#isDraining) {
      this.#enter('running', undefined);
    }
    this.#started.resolve();
  }

  #end(error: ReplicationError | undefined): void {
    if (this.#state === 'stopped' || this.#state === 'failed') {
      return;
    }
    const { logger } = this.#deps;
    const place = {
      file: this.#progress.acknowledged?.binlogFile,
      position: this.#progress.acknowledged?.binlogPosition,
    };
    if (error === undefined) {
      logger.event('capture.stopped', place);
      this.#enter('stopped', undefined);
      this.#started.reject(stopRequested());
    } else {
      logger.event('capture.failed', { ...place, reason: error.message });
      this.#enter('failed', error.message);
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

function stopRequested(): ReplicationError {
  return new ReplicationError('ERG_9001', 'the capture was asked to stop');
}
