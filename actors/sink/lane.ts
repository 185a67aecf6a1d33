/**
 * An ordered stream of changes in front of one connection of one target shard. Changes of one row are always in one lane.
 *
 * An idle writer writes at once whatever is there, unless told to wait for more (choose-flush.ts); while a write is under
 * way the next batch builds up. A write that fails for a reason that may pass is repeated for ever with back-off: the lane
 * waits, others do not. A row that cannot be written is isolated and handed out as refused; the rest of its batch is
 * written.
 *
 * Guaranteed: every entry that was pushed is either written, or handed out as refused, or still here when the lane ends.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { LaneDetail } from '../../protocol/message/actor-status.ts';
import { Pause } from '../runtime/pause.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { ShardChange, ShardWriter } from '../target/target-shard.ts';
import { nextQuota, type QuotaLimits, shrinkQuota } from './batch-quota.ts';
import { chooseFlush, type FlushRule } from './choose-flush.ts';
import { chooseReaction } from './choose-reaction.ts';
import type { FoldedRow } from './fold-rows.ts';
import { findUnits, isolateUnit } from './isolate-row.ts';
import type { LaneEntry } from './lane-entry.ts';
import { type LaneBatch, LaneQueue } from './lane-queue.ts';
import { unfoldRows } from './unfold-rows.ts';

export interface LaneOptions {
  readonly shard: string;
  readonly lane: number;
  readonly writer: ShardWriter;
  readonly limits: QuotaLimits & FlushRule & { readonly maxBytes: number };
  /** In the target, all of them; called once per write. */
  readonly onWritten: (entries: readonly LaneEntry[], rows: number) => void;
  /** Cannot be written: the newest entry of a row, and all that it stands for. */
  readonly onRefused: (entry: LaneEntry, all: readonly LaneEntry[], error: ReplicationError) => void;
  readonly onRetry: () => void;
  /** The owner must stop: it is not, or not surely, the owner any more. */
  readonly onFenced: (error: ReplicationError) => void;
  /** Reads the tables of the shard anew. */
  readonly refreshTables: () => Promise<void>;
  /** The row with the table as it is known now. */
  readonly renewRow: (row: FoldedRow) => FoldedRow;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
}

/** A write that takes this long tells of a target in trouble; the next transactions are made smaller. Guess. */
const SLOW_WRITE_MS = 1_000;

const REFRESH_FOR_ROWS_MS = 1_000;
/** Enough that a writer never waits for the decoder. */
const BATCHES_AHEAD = 2;

interface Chunk {
  readonly rows: readonly FoldedRow[];
  /** Tries in a row that failed like the last one. */
  tries: number;
  error?: ReplicationError;
}

interface Failure {
  readonly chunk: Chunk;
  readonly error: ReplicationError;
  /** Takes what has to wait for the others. */
  readonly deferred: Chunk[];
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #queue = new LaneQueue();
  readonly #pause: Pause;
  readonly #ended: Promise<void>;
  #wake: (() => void) | undefined;
  #refreshedMs = Number.NEGATIVE_INFINITY;
  #quota: number;
  #inFlight = 0;
  #blocked: string | undefined;
  #isStopped = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#pause = new Pause(options.clock);
    this.#quota = options.limits.minRows;
    this.#ended = this.#run();
  }

  /** Changes that are not settled yet. */
  get queued(): number {
    return this.#queue.length + this.#inFlight;
  }

  /** Less is waiting than two more batches would take; a lane that cannot write wants nothing. */
  get isHungry(): boolean {
    return this.#blocked === undefined && this.#queue.length < BATCHES_AHEAD * this.#quota;
  }

  push(entry: LaneEntry): void {
    this.#queue.push(entry);
    this.#wake?.();
  }

  describe(): LaneDetail {
    const { shard, lane } = this.#options;
    return { shard, lane, queued: this.queued, quota: this.#quota, blocked: this.#blocked };
  }

  /** Ends at once; what is under way is rolled back or unknown. Resolves when nothing is left running. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.();
    this.#pause.end();
    await this.#options.writer.close();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const { limits, clock } = this.#options;
      const { waitMs, fillMs } = chooseFlush(this.#queue, this.#quota, limits, clock.monotonicMs());
      if (waitMs > 0) {
        await this.#waitForMore(waitMs);
      } else {
        const batch = this.#queue.take({ maxRows: this.#quota, maxBytes: limits.maxBytes });
        this.#inFlight = batch.entries.length;
        await this.#writeBatch(fillMs === undefined ? batch : { ...batch, fillMs });
      }
    }
  }

  /** Ends at a push or a stop, and at the latest after so long. */
  async #waitForMore(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = Number.isFinite(ms) ? this.#options.clock.after(ms, resolve) : undefined;
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    cancel?.();
  }

  async #writeBatch(batch: LaneBatch): Promise<void> {
    const startedMs = this.#options.clock.monotonicMs();
    let chunks: Chunk[] = [{ rows: batch.rows, tries: 0 }];
    while (chunks.length > 0 && !this.#isStopped) {
      const deferred = await this.#writeChunks(batch, chunks);
      const [first] = deferred;
      if (first?.error !== undefined) {
        // One pause for all of them: a hundred rows that wait for another one must not hold up the lane a hundred times.
        await this.#waitBefore(first, first.error);
      }
      chunks = deferred;
    }
    this.#adaptQuota(batch.fillMs, this.#options.clock.monotonicMs() - startedMs);
  }

  /** @returns what is to be tried again when all others are written */
  async #writeChunks(batch: LaneBatch, given: readonly Chunk[]): Promise<Chunk[]> {
    const chunks = [...given];
    const deferred: Chunk[] = [];
    for (let chunk = chunks[0]; chunk !== undefined && !this.#isStopped; chunk = chunks[0]) {
      const error = await this.#tryWrite(chunk.rows);
      if (error === undefined) {
        chunks.shift();
        this.#blocked = undefined;
        const entries = chunk.rows === batch.rows ? batch.entries : entriesOf(batch, chunk.rows);
        this.#inFlight -= entries.length;
        this.#options.onWritten(entries, chunk.rows.length);
      } else {
        chunks.splice(0, 1, ...(await this.#react(batch, { chunk, error, deferred })));
      }
    }
    return deferred;
  }

  async #tryWrite(rows: readonly FoldedRow[]): Promise<ReplicationError | undefined> {
    try {
      await this.#options.writer.write(listChanges(rows));
      return undefined;
    } catch (error) {
      return asReplicationError(error);
    }
  }

  /** @returns what takes the place of the chunk */
  async #react(batch: LaneBatch, { chunk, error, deferred }: Failure): Promise<readonly Chunk[]> {
    const { onFenced } = this.#options;
    chunk.tries = chunk.error?.code === error.code ? chunk.tries + 1 : 1;
    chunk.error = error;
    if (error.class === 'row' && !this.#isStopped) {
      const renewed = await this.#renewChanged(chunk.rows);
      if (renewed !== undefined) {
        return this.#replan(batch, { rows: renewed, tries: 0 });
      }
    }
    const units = findUnits(chunk.rows, batch.entries);
    switch (this.#isStopped ? 'stop' : chooseReaction(error, units.length, chunk.tries)) {
      case 'stop':
        this.#isStopped = true;
        if (error.class !== 'expected') {
          onFenced(error);
        }
        return [];
      case 'retry':
        this.#shrinkOnContention(error);
        await this.#waitBefore(chunk, error);
        return [chunk];
      case 'defer':
        deferred.push(chunk);
        return [];
      case 'refresh':
        await this.#waitBefore(chunk, error);
        return this.#replan(batch, await this.#refresh(chunk));
      case 'divide':
        this.#blocked = undefined;
        // A table that changed under every try is no news to the parts; a row's own fault is told by its own tries.
        return isolateUnit(units, chunk.rows, error).map((rows) =>
          error.class === 'schema' ? { rows, tries: chunk.tries, error } : { rows, tries: 0 },
        );
      case 'refuse':
        this.#blocked = undefined;
        this.#refuse(entriesOf(batch, chunk.rows), chunk.rows, error);
        return [];
    }
  }

  /** One finding for all of it: the halves of a primary-key change are one change. */
  #refuse(entries: readonly LaneEntry[], rows: readonly FoldedRow[], error: ReplicationError): void {
    const newest = rows.at(-1)?.last;
    this.#inFlight -= entries.length;
    if (newest !== undefined) {
      this.#options.onRefused(newest, entries, error);
    }
  }

  /**
   * What a row is refused for may be how the table was, not how it is: it is looked at before a row is blamed, at most once
   * a second while it stays as it is; schema changes come in rows. @returns the rows for the table as it is now; undefined when it has not changed
   */
  async #renewChanged(rows: readonly FoldedRow[]): Promise<readonly FoldedRow[] | undefined> {
    const { clock, refreshTables, renewRow } = this.#options;
    if (clock.monotonicMs() - this.#refreshedMs >= REFRESH_FOR_ROWS_MS) {
      this.#refreshedMs = clock.monotonicMs();
      await refreshTables().catch(() => {}); // then the rows are judged by what is known
    }
    const renewed = rows.map(renewRow);
    if (!renewed.some((row, index) => row.last.table !== rows[index]?.last.table)) {
      return undefined;
    }
    this.#refreshedMs = Number.NEGATIVE_INFINITY;
    return renewed;
  }

  async #refresh(chunk: Chunk): Promise<Chunk> {
    const { refreshTables, renewRow } = this.#options;
    try {
      await refreshTables();
    } catch (error) {
      this.#blocked = asReplicationError(error).message;
    }
    return { ...chunk, rows: chunk.rows.map(renewRow) };
  }

  #replan(batch: LaneBatch, chunk: Chunk): readonly Chunk[] {
    const unfolded = unfoldRows(entriesOf(batch, chunk.rows), chunk.rows);
    this.#inFlight -= unfolded.length;
    this.#queue.putBack(unfolded);
    return unfolded.length > 0 ? [] : [chunk];
  }

  async #waitBefore(chunk: Chunk, error: ReplicationError): Promise<void> {
    const { logger, random, shard, lane, onRetry } = this.#options;
    const delayMs = reconnectDelayMs(chunk.tries - 1, random());
    this.#blocked = error.message;
    onRetry();
    logger.event('sink.write.retry', { shard, lane, reason: error.message, tries: chunk.tries, delayMs });
    await this.#pause.wait(delayMs);
  }

  #shrinkOnContention({ code }: ReplicationError): void {
    if (code === 'ERG_3004' || code === 'ERG_3005') {
      this.#quota = shrinkQuota(this.#quota, this.#options.limits);
    }
  }

  #adaptQuota(fillMs: number | undefined, writeMs: number): void {
    const { limits } = this.#options;
    if (writeMs > SLOW_WRITE_MS) {
      this.#quota = shrinkQuota(this.#quota, limits);
    } else if (fillMs !== undefined) {
      this.#quota = nextQuota(this.#quota, fillMs, limits);
    }
  }
}

function listChanges(rows: readonly FoldedRow[]): ShardChange[] {
  const changes: ShardChange[] = [];
  for (const { last, removal } of rows) {
    if (removal !== undefined) {
      changes.push(removal);
    }
    changes.push(last);
  }
  return changes;
}

/** The entries that rows of a divided batch stand for. */
function entriesOf(batch: LaneBatch, rows: readonly FoldedRow[]): readonly LaneEntry[] {
  const keys = new Set(rows.map(({ last }) => last.key));
  return batch.entries.filter(({ key }) => keys.has(key));
}
