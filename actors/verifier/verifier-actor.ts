/**
 * Compares the changes of one partition with the rows of the target, some time after the sink of the partition has applied
 * them, or when they are old enough where another tool applies them, and reports to recovery which rows are wrong.
 *
 * Guaranteed: no offset is committed past a change that is neither right at the target, nor superseded by a newer one, nor
 * stored as a case, nor in a stored unverified range. Nobody is accused because something is late: a row is reported only
 * when everything that was on its way has arrived. Killed at any moment it loses and doubles nothing: what was not committed
 * is compared again, and the same report twice is one case.
 *
 * It can write nothing at the target, and the sink does not know of it.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ActorState, ActorStatus } from '../../protocol/message/actor-status.ts';
import type { VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import { buildCatalogs } from '../route/build-routes.ts';
import type { Actor } from '../runtime/actor.ts';
import { Pause } from '../runtime/pause.ts';
import { Repeats } from '../runtime/repeats.ts';
import { settleWithin } from '../runtime/settle-within.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { CommittedOffset, OffsetRange, RecordStream, RecordStreamEvents } from '../stream/record-stream.ts';
import { chooseVerifyStart, type SkippedRecords, type VerifyStart } from './choose-verify-start.ts';
import { describeVerifier } from './describe-verifier.ts';
import { RangeKeeper } from './range-keeper.ts';
import { SinkView } from './sink-view.ts';
import { StreamEnd } from './stream-end.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import { VerifierProgress } from './verifier-progress.ts';
import { VerifierSession } from './verifier-session.ts';
import { guardTables, VerifierTables } from './verifier-tables.ts';

/** Between two looks at the sink, at the end of the partition and at what could not be verified. */
const LOOK_MS = 1_000;
/** Between two looks at whether a person has removed a range. */
const REVIEW_MS = 60_000;

/** @throws ReplicationError ERG_6011 when the pipeline is not to be verified */
export function createVerifierActor(deps: VerifierDeps): Actor {
  return new VerifierActor(deps);
}

class VerifierActor implements Actor {
  readonly #deps: VerifierDeps;
  readonly #verification: VerificationSettings;
  readonly #idPrefix: string;
  readonly #tables: VerifierTables;
  readonly #progress = new VerifierProgress();
  readonly #sink: SinkView;
  readonly #end: StreamEnd;
  readonly #ranges: RangeKeeper;
  readonly #stream: RecordStream;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<Error | undefined>();
  readonly #stopping = new AbortController();
  readonly #pause: Pause;
  readonly #repeats: Repeats;
  #session: VerifierSession | undefined;
  #isFirstStart = false;
  /** Why the change stream is away now. */
  #streamTrouble: string | undefined;
  #state: ActorState = 'starting';
  #reason: string | undefined;
  #sinceMs: number;
  #running: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor(deps: VerifierDeps) {
    const { pipeline, partition, placeEpoch, settings, clock } = deps;
    if (settings.verification === undefined) {
      throw new ReplicationError('ERG_6011', `pipeline ${pipeline} is not to be verified`);
    }
    this.#deps = deps;
    this.#verification = settings.verification;
    this.#pause = new Pause(clock);
    this.#repeats = new Repeats(clock);
    this.#sinceMs = clock.wallMs();
    this.#idPrefix = `${pipeline}.${partition}.${placeEpoch}.${Math.floor(this.#sinceMs)}`;
    this.#tables = new VerifierTables(buildCatalogs(deps, guardTables(deps)));
    this.#sink = new SinkView({
      read: deps.readSink,
      onChange: () => this.#session?.advance(),
      delayMs: this.#verification.delay,
      clock,
    });
    this.#end = new StreamEnd(settings.source.topicEpoch, () => this.#stream.readEndOffset());
    this.#ranges = new RangeKeeper({
      ...deps,
      topicEpoch: settings.source.topicEpoch,
      idPrefix: this.#idPrefix,
      store: deps.ranges,
      onSaved: (checks) => this.#session?.saved(checks),
    });
    const events: RecordStreamEvents = {
      onOwned: (committed, range) => this.#takeOwnership(committed, range),
      onRecords: (records, highWatermark) => {
        this.#end.saw(highWatermark);
        this.#session?.take(records);
      },
      onWaiting: (error) => {
        this.#streamTrouble = error?.message;
      },
      onEnded: (error) => this.#fail(error),
    };
    this.#stream = deps.openStream(events, 'verifier');
    this.#started.promise.catch(() => {}); // a stop before the start leaves nobody to listen
  }

  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  start(): Promise<void> {
    if (this.#running === undefined && !this.#stopping.signal.aborted) {
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
    this.#finish(undefined);
    await this.#ending;
  }

  status(): ActorStatus {
    const isAtWork = this.#state === 'running' || this.#state === 'starting';
    const blockage = isAtWork ? (this.#streamTrouble ?? this.#session?.findBlockage()) : undefined;
    return {
      state: blockage === undefined ? this.#state : 'waiting',
      reason: this.#reason ?? blockage,
      sinceMs: this.#sinceMs,
      detail: describeVerifier(this.#deps, {
        progress: this.#progress,
        sink: this.#sink,
        end: this.#end,
        ranges: this.#ranges,
        session: this.#session,
      }),
    };
  }

  async #open(): Promise<void> {
    await this.#retry(() => this.#tables.read());
    await this.#stream.start();
    await this.#ranges.flush();
    if (this.#isFirstStart) {
      // Before anything is verified: "latest" must not be a later latest after a crash.
      await this.#retry(() => this.#markStart());
    }
    this.#throwIfStopping();
    this.#session?.open();
    this.#deps.logger.event('verifier.started', { offset: String(this.#session?.watermark) });
    this.#enter('running', undefined);
    this.#started.resolve();
    this.#repeats.every('look', LOOK_MS, () => this.#look());
    this.#repeats.every('ranges', REVIEW_MS, () => this.#ranges.review());
    this.#tables.follow(this.#repeats, (shard) => this.#deps.gateOf?.(shard).refusal === undefined);
  }

  async #takeOwnership(committed: CommittedOffset | undefined, range: OffsetRange): Promise<bigint> {
    this.#end.saw(range.end);
    await this.#retry(() => this.#ranges.load());
    const { offset, position, skipped } = await this.#retry(() => this.#chooseStart(committed, range));
    this.#note(skipped);
    if (committed !== undefined && offset < committed.offset) {
      this.#deps.logger.event('verifier.began-anew', { committed: String(committed.offset), offset: String(offset) });
    }
    this.#isFirstStart = committed === undefined;
    this.#session = new VerifierSession({
      deps: this.#deps,
      verification: this.#verification,
      idPrefix: this.#idPrefix,
      catalogs: this.#tables.catalogs,
      progress: this.#progress,
      ranges: this.#ranges,
      sink: this.#sink,
      end: this.#end,
      stream: this.#stream,
      start: offset,
      position,
      isCommitted: committed?.offset === offset,
      onFailed: (error) => this.#fail(error),
    });
    return offset;
  }

  async #chooseStart(committed: CommittedOffset | undefined, range: OffsetRange): Promise<VerifyStart> {
    await this.#sink.refresh();
    const { startFrom } = this.#deps.settings.source;
    // Of what another tool writes the newest is as good a place as any.
    const sink = this.#sink.isThere ? this.#sink.committed : { offset: range.end, metadata: '' };
    const start = chooseVerifyStart(committed, { range, startFrom, sink });
    if (start === undefined) {
      throw new ReplicationError('ERG_4004', this.#sink.trouble ?? 'the sink has committed nothing');
    }
    return start;
  }

  #note(skipped: SkippedRecords | undefined): void {
    if (skipped !== undefined) {
      const [from, to] = [Number(skipped.from), Number(skipped.to)];
      this.#ranges.note({ shard: '*', table: null, from, to, error: skipped.error, isReadable: false }, []);
      this.#deps.logger.event('verifier.skipped', { from, to, reason: skipped.error.message });
    }
  }

  async #markStart(): Promise<void> {
    if (this.#session !== undefined && !(await this.#session.commitStart())) {
      throw new ReplicationError('ERG_1205', 'the start position could not be committed');
    }
  }

  async #look(): Promise<void> {
    await Promise.allSettled([this.#sink.refresh(), this.#end.refresh()]);
    try {
      this.#session?.look();
    } catch (error) {
      this.#fail(error);
    }
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
    this.#deps.logger.event('verifier.waiting', { reason: error.message, delayMs });
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

  #fail(error: unknown): void {
    this.#finish(asReplicationError(error));
  }

  #finish(error: ReplicationError | undefined): void {
    this.#ending ??= this.#close(error);
  }

  async #close(error: ReplicationError | undefined): Promise<void> {
    this.#stopping.abort();
    this.#pause.end();
    this.#repeats.stop();
    this.#tables[Symbol.dispose]();
    await this.#session?.stop();
    await Promise.allSettled([
      this.#stream.stop(),
      this.#ranges.stop(),
      ...this.#deps.shards.map((shard) => shard.close()),
    ]);
    const failure = error?.class === 'expected' ? undefined : error;
    const offset = String(this.#session?.committed ?? '');
    this.#deps.logger.event(failure === undefined ? 'verifier.stopped' : 'verifier.failed', {
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
  return new ReplicationError('ERG_9001', 'the verifier was asked to stop');
}
