/**
 * An ordered stream of changes in front of one connection of one target shard. Changes of one row are always in one lane.
 *
 * An idle writer writes at once whatever is there; while a write is under way the next batch builds up. A write that fails
 * for a reason that may pass is repeated for ever with back-off: the lane waits, others do not. A row that cannot be
 * written is isolated and handed out as refused; the rest of its batch is written.
 *
 * Guaranteed: every entry that was pushed is either written, or handed out as refused, or still here when the lane ends.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { LaneDetail } from '../../protocol/message/actor-status.ts';
import { Pause } from '../runtime/pause.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import type { ShardChange, ShardWriter } from '../target/target-shard.ts';
import { nextQuota, type QuotaLimits, shrinkQuota } from './batch-quota.ts';
import { chooseReaction } from './choose-reaction.ts';
import type { FoldedRow } from './fold-rows.ts';
import { isolateRow } from './isolate-row.ts';
import type { LaneEntry } from './lane-entry.ts';
import { type LaneBatch, LaneQueue } from './lane-queue.ts';

export interface LaneOptions {
  readonly shard: string;
  readonly lane: number;
  readonly writer: ShardWriter;
  readonly limits: QuotaLimits & { readonly maxBytes: number };
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

/** Enough that a writer never waits for the decoder. */
const BATCHES_AHEAD = 2;

interface Chunk {
  readonly rows: readonly FoldedRow[];
  /** Tries in a row that failed with `code`. */
  tries: number;
  code?: ErrorCode;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #queue = new LaneQueue();
  readonly #pause: Pause;
  readonly #ended: Promise<void>;
  #wake: (() => void) | undefined;
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
      if (this.#queue.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      } else {
        const { limits } = this.#options;
        const batch = this.#queue.take({ maxRows: this.#quota, maxBytes: limits.maxBytes });
        this.#inFlight = batch.entries.length;
        await this.#writeBatch(batch);
      }
    }
  }

  async #writeBatch(batch: LaneBatch): Promise<void> {
    const startedMs = this.#options.clock.monotonicMs();
    const chunks: Chunk[] = [{ rows: batch.rows, tries: 0 }];
    for (let chunk = chunks[0]; chunk !== undefined && !this.#isStopped; chunk = chunks[0]) {
      const error = await this.#tryWrite(chunk.rows);
      if (error === undefined) {
        chunks.shift();
        this.#blocked = undefined;
        const entries = chunk.rows === batch.rows ? batch.entries : entriesOf(batch, chunk.rows);
        this.#inFlight -= entries.length;
        this.#options.onWritten(entries, chunk.rows.length);
      } else {
        chunks.splice(0, 1, ...(await this.#react(batch, chunk, error)));
      }
    }
    this.#adaptQuota(batch.fillMs, this.#options.clock.monotonicMs() - startedMs);
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
  async #react(batch: LaneBatch, chunk: Chunk, error: ReplicationError): Promise<readonly Chunk[]> {
    const { onRefused, onFenced } = this.#options;
    chunk.tries = chunk.code === error.code ? chunk.tries + 1 : 1;
    chunk.code = error.code;
    switch (this.#isStopped ? 'stop' : chooseReaction(error, chunk.rows.length, chunk.tries)) {
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
      case 'refresh':
        await this.#waitBefore(chunk, error);
        return [await this.#refresh(chunk)];
      case 'divide':
        this.#blocked = undefined;
        return isolateRow(chunk.rows, error).map((rows) => ({ rows, tries: 0 }));
      case 'refuse':
        this.#blocked = undefined;
        for (const row of chunk.rows) {
          const entries = entriesOf(batch, [row]);
          this.#inFlight -= entries.length;
          onRefused(row.last, entries, error);
        }
        return [];
    }
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
