/**
 * Applies the changes of one partition of a change stream to the shards of one target.
 *
 * Guaranteed: no offset is committed past a change that is neither applied, nor superseded, nor filtered, nor stored as a
 * finding; no row is ever replaced by an older change; changes of one row are applied in the order of the log. Killed at any
 * moment it loses nothing: what was not committed is read and applied again, under the guard. Not guaranteed: that the rows
 * of one source transaction appear together.
 *
 * It owns its partition by its place epoch: Kafka gives the partition to the highest, and the fence of each shard keeps the
 * writes of all lower ones out. Where to start is never guessed: a partition that ran before starts at its committed offset
 * or not at all.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ActorState, ActorStatus } from '../../protocol/message/actor-status.ts';
import { buildCatalogs } from '../route/build-routes.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import type { Actor } from '../runtime/actor.ts';
import { Pause } from '../runtime/pause.ts';
import { Repeats } from '../runtime/repeats.ts';
import { settleWithin } from '../runtime/settle-within.ts';
import { parseNote } from '../stream/parked-scope.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { CommittedOffset, OffsetRange, RecordStream, RecordStreamEvents } from '../stream/record-stream.ts';
import type { FenceOwner } from '../target/target-shard.ts';
import { chooseStartOffset } from './choose-start-offset.ts';
import { describeSink } from './describe-sink.ts';
import { serveRepairs } from './serve-repairs.ts';
import type { SinkDeps } from './sink-deps.ts';
import { SinkProgress } from './sink-progress.ts';
import { SinkSession } from './sink-session.ts';
import { StartShards } from './start-shards.ts';
import { UnwrittenKeeper } from './unwritten-keeper.ts';

/** Between two looks at the end of the partition, at what cannot be written, and at the tables of the target. */
const LOOK_MS = 1_000;
const REFRESH_TABLES_MS = 60_000;

export function createSinkActor(deps: SinkDeps): Actor {
  return new SinkActor(deps);
}

class SinkActor implements Actor {
  readonly #deps: SinkDeps;
  readonly #owner: FenceOwner;
  readonly #catalogs: readonly ShardCatalog[];
  readonly #progress: SinkProgress;
  readonly #keeper: UnwrittenKeeper;
  readonly #stream: RecordStream;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<Error | undefined>();
  readonly #stopping = new AbortController();
  readonly #pause: Pause;
  readonly #repeats: Repeats;
  #session: SinkSession | undefined;
  readonly #shards: StartShards;
  #isFirstStart = false;
  #endOffset = 0n;
  /** What was committed when the partition was taken over. */
  #committedBefore: bigint | undefined;
  /** The lowest offset of what is noted there. */
  #behindFrom = 0;
  /** Why the change stream is away now. */
  #streamTrouble: string | undefined;
  /** Since when, wall ms. */
  #awayMs: number | undefined;
  #state: ActorState = 'starting';
  #reason: string | undefined;
  #sinceMs: number;
  #repairs: Disposable | undefined;
  #running: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor(deps: SinkDeps) {
    const { pipeline, partition, placeEpoch, owner } = deps;
    this.#deps = deps;
    this.#pause = new Pause(deps.clock);
    this.#repeats = new Repeats(deps.clock);
    this.#owner = { pipeline, partition, epoch: placeEpoch, owner };
    this.#sinceMs = deps.clock.wallMs();
    this.#progress = new SinkProgress((table, column) => {
      deps.logger.event('sink.column.unwritten', { table, column });
      this.#keeper.hurry();
    });
    this.#keeper = new UnwrittenKeeper(deps, this.#progress.unwritten);
    this.#catalogs = buildCatalogs(deps);
    this.#shards = new StartShards(deps, this.#catalogs, this.#owner);
    const events: RecordStreamEvents = {
      onOwned: (committed, range) => this.#takeOwnership(committed, range),
      onRecords: (records, highWatermark) => {
        this.#endOffset = highWatermark;
        this.#session?.take(records);
      },
      onWaiting: (error) => {
        this.#awayMs = error === undefined ? undefined : (this.#awayMs ?? deps.clock.wallMs());
        this.#streamTrouble = error?.message;
      },
      onEnded: (error) => this.#fail(error),
    };
    this.#stream = deps.openStream(events, 'sink');
    this.#started.promise.catch(() => {}); // a stop before the start leaves nobody to listen
  }

  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  start(): Promise<void> {
    if (this.#running === undefined && !this.#stopping.signal.aborted) {
      this.#repairs = serveRepairs(this.#deps, () => this.#session?.desk);
      this.#running = this.#open().catch((error: unknown) => this.#fail(error));
    }
    return this.#started.promise;
  }

  async drain(deadlineMs: number): Promise<void> {
    if (this.#session !== undefined && this.#ending === undefined) {
      this.#enter('draining', undefined);
      await settleWithin(this.#deps.clock, deadlineMs, this.#session.finish());
    }
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#end(undefined);
    await this.#ending;
  }

  status(): ActorStatus {
    const isAtWork = this.#state === 'running' || this.#state === 'starting';
    const blockage = isAtWork ? (this.#streamTrouble ?? this.#session?.findBlockage()) : undefined;
    return {
      state: blockage === undefined ? this.#state : 'waiting',
      reason: this.#reason ?? blockage,
      sinceMs: this.#sinceMs,
      detail: describeSink(this.#deps, {
        progress: this.#progress,
        session: this.#session,
        endOffset: this.#endOffset,
        committedBefore: this.#committedBefore,
        behindFrom: this.#behindFrom,
        awayMs: this.#awayMs,
      }),
    };
  }

  async #open(): Promise<void> {
    await this.#retry(() => this.#shards.readTables());
    await this.#stream.start();
    if (this.#isFirstStart) {
      // Before anything is written: "latest" must not be a later latest after a crash.
      await this.#retry(() => this.#markStart());
    }
    this.#session?.open();
    this.#deps.logger.event('sink.started', { offset: String(this.#session?.next) });
    this.#enter('running', undefined);
    this.#started.resolve();
    this.#lookAtEnd();
    this.#refreshTables();
    this.#repeats.every('trouble', LOOK_MS, async () => this.#lookAtTrouble());
  }

  async #takeOwnership(committed: CommittedOffset | undefined, range: OffsetRange): Promise<bigint> {
    this.#endOffset = range.end;
    this.#committedBefore = committed?.offset;
    const note = parseNote(committed?.metadata ?? '');
    this.#behindFrom = Math.min(Number(committed?.offset ?? 0), ...note.parked.map(({ from }) => from));
    if (committed === undefined) {
      await this.#retry(() => this.#shards.reachAll()); // nothing tells yet from where one would have to be made up for
    }
    const taken = await this.#retry(() => this.#shards.takeFences());
    const ranBefore = taken.some((one) => one?.positioned === true);
    const start = chooseStartOffset(committed, { ranBefore, range, startFrom: this.#deps.settings.source.startFrom });
    this.#isFirstStart = committed === undefined;
    const parked = await this.#retry(() => this.#shards.plan(note, start));
    this.#keeper.start(start);
    this.#session = new SinkSession({
      deps: this.#deps,
      owner: this.#owner,
      catalogs: this.#catalogs,
      progress: this.#progress,
      stream: this.#stream,
      start,
      committed: committed !== undefined,
      note: committed?.metadata ?? '',
      position: note.position,
      parked,
      readEndOffset: () => this.#endOffset,
      onFailed: (error) => this.#fail(error),
    });
    return start;
  }

  async #markStart(): Promise<void> {
    if (this.#session !== undefined && !(await this.#session.commitStart())) {
      throw new ReplicationError('ERG_1205', 'the start position could not be committed');
    }
    await Promise.all(this.#deps.shards.map((shard) => shard.markPositioned(this.#owner)));
  }

  /** Until it works, the actor ends, or a person or a newer owner has to act. */
  async #retry<T>(work: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      this.#throwIfStopping();
      try {
        return await work();
      } catch (error) {
        await this.#waitBefore(asReplicationError(error), failures);
      }
    }
  }

  async #waitBefore(error: ReplicationError, failures: number): Promise<void> {
    this.#throwIfStopping();
    if (error.class === 'fenced' || error.class === 'bug' || error.class === 'expected') {
      throw error;
    }
    const delayMs = reconnectDelayMs(failures, this.#deps.random());
    this.#deps.logger.event('sink.waiting', { reason: error.message, delayMs });
    this.#enter('waiting', error.message);
    this.#started.resolve();
    await this.#pause.wait(delayMs);
    if (this.#state === 'waiting') {
      this.#enter('starting', undefined);
    }
  }

  #throwIfStopping(): void {
    if (this.#stopping.signal.aborted) {
      throw stopRequested();
    }
  }

  /** The lag of a partition from which nothing is delivered, because it is paused or quiet, has to be asked for. */
  #lookAtEnd(): void {
    this.#repeats.every('end', LOOK_MS, async () => {
      this.#endOffset = await this.#stream.readEndOffset();
    });
  }

  /** Nothing in it may fail: what does is a bug, and must not leave shards out or in for ever. */
  #lookAtTrouble(): void {
    try {
      this.#session?.look();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A lane reads them too, as soon as a statement fails; this finds what makes none fail, such as a new column. */
  #refreshTables(): void {
    for (const catalog of this.#catalogs) {
      catalog.follow();
    }
    this.#repeats.every('tables', REFRESH_TABLES_MS, async () => {
      await Promise.all(this.#catalogs.map((catalog) => catalog.renew()));
    });
  }

  #fail(error: unknown): void {
    this.#end(asReplicationError(error));
  }

  #end(error: ReplicationError | undefined): void {
    this.#ending ??= this.#close(error);
  }

  async #close(error: ReplicationError | undefined): Promise<void> {
    this.#stopping.abort();
    this.#repairs?.[Symbol.dispose]();
    this.#pause.end();
    this.#repeats.stop();
    for (const catalog of this.#catalogs) {
      catalog[Symbol.dispose]();
    }
    await this.#session?.stop();
    await Promise.allSettled([
      this.#stream.stop(),
      this.#keeper.stop(),
      ...this.#deps.shards.map((shard) => shard.close()),
    ]);
    const failure = error?.class === 'expected' ? undefined : error;
    const offset = String(this.#session?.committed ?? '');
    this.#deps.logger.event(failure === undefined ? 'sink.stopped' : 'sink.failed', {
      offset,
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

function stopRequested(): ReplicationError {
  return new ReplicationError('ERG_9001', 'the sink was asked to stop');
}
