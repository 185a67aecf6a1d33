/**
 * An ordered stream of changes in front of one connection of one target shard. Changes of one row are always in one lane.
 *
 * An idle writer writes at once whatever is there, unless told to wait for more (choose-flush.ts); while a write is under
 * way the next batch builds up. A write that fails for a reason that may pass is repeated for ever with back-off: the lane
 * waits, others do not. A row that another row stands in the way of waits by itself for a moment (waiting-rows.ts). A row that
 * cannot be written is isolated and handed out as refused; the rest of its batch is written.
 *
 * Guaranteed: every entry that was pushed is either written, or handed out as refused or dropped, or still here when the
 * lane ends.
 */
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { LaneDetail } from '../../protocol/message/actor-status.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import {
  type Chunk,
  countParts,
  cutRows,
  divideByTable,
  entriesOf,
  type LaneTrouble,
  listChanges,
  mayDivide,
} from './batch-chunks.ts';
import { chooseFlush } from './choose-flush.ts';
import { chooseReaction } from './choose-reaction.ts';
import { GatedWriter } from './gated-writer.ts';
import { findUnits, isolateUnit } from './isolate-row.ts';
import { LaneHold } from './lane-hold.ts';
import type { LaneOptions } from './lane-options.ts';
import { type LaneBatch, LaneQueue } from './lane-queue.ts';
import { LaneQuota } from './lane-quota.ts';
import { LaneTries } from './lane-tries.ts';
import { RowRenewer } from './row-renewer.ts';
import { unfoldRows } from './unfold-rows.ts';
import { type WaitingRow, WaitingRows } from './waiting-rows.ts';

/** Enough that a writer never waits for the decoder. */
const BATCHES_AHEAD = 2;

export class Lane {
  readonly #options: LaneOptions;
  readonly #queue = new LaneQueue();
  readonly #waiting = new WaitingRows();
  readonly #writer: GatedWriter;
  readonly #renewer: RowRenewer;
  readonly #tries: LaneTries;
  readonly #ended: Promise<void>;
  #wake: (() => void) | undefined;
  readonly #quota: LaneQuota;
  #inFlight = 0;
  /** Something of the batch under way may have been left out since it was taken. */
  #hasLeftOut = false;
  #isStopped = false;
  #hold: LaneHold | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#writer = new GatedWriter(options);
    this.#renewer = new RowRenewer(options);
    this.#tries = new LaneTries(options);
    this.#quota = new LaneQuota(options.limits);
    this.#ended = this.#run();
  }

  /** Changes that are not settled yet. */
  get queued(): number {
    return this.#queue.length + this.#waiting.length + this.#inFlight;
  }

  /** Less is waiting than two more batches would take; a lane that cannot write wants nothing. */
  get isHungry(): boolean {
    const ahead = this.#queue.length + this.#waiting.length;
    return this.trouble === undefined && ahead < BATCHES_AHEAD * this.#quota.rows;
  }

  get trouble(): LaneTrouble | undefined {
    return this.#tries.trouble;
  }

  push(entry: RoutedChange): void {
    this.#queue.push(entry);
    this.#wake?.();
  }

  /**
   * Keeps what is pushed from now on from being written, until it is released. One at a time. Of a lane that has ended it is
   * never reached.
   */
  hold(): LaneHold {
    const hold = new LaneHold({
      write: (changes) => this.#writer.tryWrite(changes),
      remove: (isUnwanted) => this.#queue.remove(isUnwanted),
      onReleased: () => {
        this.#hold = undefined;
        this.#queue.liftBarrier();
        this.#wake?.();
      },
    });
    this.#hold = hold;
    this.#queue.raiseBarrier();
    this.#wake?.();
    return hold;
  }

  /** Lets go of what is left out now; what is being written, when its write has failed. */
  dropLeftOut(): void {
    const { isLeftOut, onDropped } = this.#options;
    this.#hasLeftOut = true;
    const isUnwanted = ({ table }: RoutedChange) => isLeftOut(table.name);
    onDropped([...this.#waiting.remove(isUnwanted), ...this.#queue.remove(isUnwanted)]);
    this.#tries.hurry();
    this.#wake?.();
  }

  /** What it waits for may have come. */
  hurry(): void {
    this.#tries.hurry();
  }

  describe(): LaneDetail {
    const { shard, lane } = this.#options;
    return { shard, lane, queued: this.queued, quota: this.#quota.rows, blocked: this.trouble?.error.message };
  }

  /** Ends at once; what is under way is rolled back or unknown. Resolves when nothing is left running. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake?.();
    this.#hold?.release();
    this.#tries.end();
    await this.#options.writer.close();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const nowMs = this.#options.clock.monotonicMs();
      const due = this.#waiting.takeDue(this.#queue, nowMs);
      await (due.length > 0 ? this.#writeWaiting(due) : this.#step(nowMs));
    }
  }

  async #step(nowMs: number): Promise<void> {
    const { limits } = this.#options;
    const { waitMs, fillMs } = chooseFlush(this.#queue, this.#quota.rows, limits, nowMs);
    const dueInMs = this.#waiting.dueMs - nowMs;
    if (this.#hold !== undefined && this.#queue.isAtBarrier) {
      await (this.#waiting.length > 0 ? this.#waitForMore(dueInMs) : this.#hold.stand());
    } else if (waitMs > 0 && this.#hold === undefined) {
      await this.#waitForMore(Math.min(waitMs, dueInMs));
    } else {
      const batch = this.#queue.take({ maxRows: this.#quota.rows, maxBytes: limits.maxBytes });
      await this.#writeBatch(fillMs === undefined ? batch : { ...batch, fillMs });
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
    this.#inFlight = batch.entries.length;
    await this.#writeChunk(batch, { rows: batch.rows, tries: 0 });
    this.#hasLeftOut = false;
    this.#quota.adapt(batch.fillMs, this.#options.clock.monotonicMs() - startedMs);
  }

  async #writeWaiting(due: readonly WaitingRow[]): Promise<void> {
    this.#inFlight = due.reduce((sum, { batch }) => sum + batch.entries.length, 0);
    for (const { batch, chunk } of due) {
      await this.#writeChunk(batch, chunk);
    }
    this.#hasLeftOut = false;
  }

  /** Ends when all of it is written, refused or dropped, waits for another row, or is back in the queue. */
  async #writeChunk(batch: LaneBatch, whole: Chunk): Promise<void> {
    const chunks = [whole];
    for (let chunk = chunks[0]; chunk !== undefined && !this.#isStopped; chunk = chunks[0]) {
      if (this.#hasLeftOut && this.#dropRows(batch, chunk)) {
        chunks.shift();
        continue;
      }
      this.#tries.begin();
      const error = await this.#writer.tryWrite(listChanges(chunk.rows));
      if (error === undefined) {
        chunks.shift();
        this.#tries.endTrouble();
        const entries = chunk.rows === batch.rows ? batch.entries : entriesOf(batch, chunk.rows);
        this.#inFlight -= entries.length;
        this.#options.onWritten(entries, chunk.rows.length);
      } else {
        chunks.splice(0, 1, ...(await this.#react(batch, chunk, error)));
      }
    }
  }

  /** @returns what takes the place of the chunk */
  async #react(batch: LaneBatch, chunk: Chunk, error: ReplicationError): Promise<readonly Chunk[]> {
    const { onFenced } = this.#options;
    chunk.tries = chunk.error?.code === error.code ? chunk.tries + 1 : 1;
    chunk.error = error;
    if (error.class === 'row' && !this.#isStopped) {
      const renewed = await this.#renewer.renewChanged(chunk.rows);
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
        this.#quota.sawFailure(error);
        await this.#tries.waitBefore(chunk, error);
        return mayDivide(chunk, error) ? divideByTable(chunk) : [chunk];
      case 'defer':
        return this.#defer(batch, chunk, error);
      case 'refresh':
        await this.#tries.waitBefore(chunk, error);
        return divideByTable(await this.#refresh(chunk)).flatMap((part) => this.#replan(batch, part));
      case 'divide':
        this.#tries.endTrouble();
        // A table that changed under every try is no news to the parts; a row's own fault is told by its own tries.
        return isolateUnit(units, chunk.rows, error).map((rows) =>
          error.class === 'schema' ? { rows, tries: chunk.tries, error } : { rows, tries: 0 },
        );
      case 'refuse':
        return this.#refuse(batch, chunk, error);
    }
  }

  #defer(batch: LaneBatch, chunk: Chunk, error: ReplicationError): readonly Chunk[] {
    if (this.#hasLeftOut && this.#dropRows(batch, chunk)) {
      return [];
    }
    const entries = entriesOf(batch, chunk.rows);
    const dueMs = this.#tries.planRetry(chunk, error);
    this.#tries.endTrouble();
    this.#inFlight -= entries.length;
    for (const { last } of chunk.rows.slice(-1)) {
      this.#options.onWaiting(last);
    }
    this.#waiting.add({ batch: { entries, rows: chunk.rows, fillMs: undefined }, chunk, dueMs });
    return [];
  }

  /** One finding for all of it: the halves of a primary-key change are one change. */
  async #refuse(batch: LaneBatch, chunk: Chunk, error: ReplicationError): Promise<readonly Chunk[]> {
    const { mayRefuse, isLeftOut, onRefused } = this.#options;
    const newest = chunk.rows.at(-1)?.last;
    const isIn = () => newest !== undefined && !isLeftOut(newest.table.name); // else it is dropped next
    if (newest === undefined || !isIn() || !mayRefuse(newest, error)) {
      await (isIn() ? this.#tries.waitBefore(chunk, error) : undefined);
      return [chunk];
    }
    const entries = entriesOf(batch, chunk.rows);
    this.#tries.endTrouble();
    this.#inFlight -= entries.length;
    onRefused(newest, entries, error);
    return [];
  }

  async #refresh(chunk: Chunk): Promise<Chunk> {
    try {
      return { ...chunk, rows: await this.#renewer.renew(chunk.rows) };
    } catch (error) {
      this.#tries.sawTrouble(asReplicationError(error), chunk);
      return chunk;
    }
  }

  #replan(batch: LaneBatch, chunk: Chunk): readonly Chunk[] {
    if (this.#hasLeftOut && this.#dropRows(batch, chunk)) {
      return [];
    }
    const entries = entriesOf(batch, chunk.rows);
    const unfolded = unfoldRows(entries, chunk.rows);
    if (unfolded.length === 0) {
      return [chunk];
    }
    countParts(entries);
    this.#inFlight -= entries.length;
    this.#queue.putBack(unfolded);
    return [];
  }

  /** Takes what is left out of the chunk. @returns whether nothing stays of it */
  #dropRows(batch: LaneBatch, chunk: Chunk): boolean {
    const { isLeftOut, onDropped } = this.#options;
    const dropped = cutRows(chunk, ({ last }) => isLeftOut(last.table.name));
    if (dropped.length === 0) {
      return false;
    }
    const entries = entriesOf(batch, dropped);
    this.#inFlight -= entries.length;
    this.#tries.endTrouble();
    onDropped(entries);
    return chunk.rows.length === 0;
  }
}
