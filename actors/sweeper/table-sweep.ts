/**
 * Compares one table, chunk by chunk, from the place where it was left to its end. Reading goes on while suspects of earlier
 * chunks are judged, until there are too many. Whatever is away is waited for; what a person has to mend ends the table.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { Pause } from '../runtime/pause.ts';
import type { SweepTotals, TableProgress } from '../state/sweep-store.ts';
import { type ChunkPace, chooseChunkRows, startPace } from './choose-chunk-rows.ts';
import type { Chunk, ChunkMeans, SweepSpan } from './chunk.ts';
import { ChunkLedger, NO_TOTALS } from './chunk-ledger.ts';
import { firstPlace, isPart, isPlaceOf, readChunk, tellsSource } from './read-chunk.ts';
import type { RowBudget } from './row-budget.ts';
import type { RowOwner } from './row-owner.ts';
import { SuspectBook, type SuspectBookOptions } from './suspect-book.ts';
import { formatPlace, parsePlace, type SweepPlace } from './sweep-place.ts';
import type { SweepSides } from './sweep-sides.ts';
import { type SweptTable, TableWatch } from './swept-table.ts';

export interface TableSweepOptions extends Pick<SuspectBookOptions, 'progress' | 'reporter' | 'topicEpoch'> {
  readonly table: string;
  /** What the settings say of it. */
  readonly own: PipelineSettings['tables'][string] | undefined;
  readonly sides: SweepSides;
  readonly owner: RowOwner;
  readonly readSpan: (table: SweptTable) => SweepSpan;
  readonly chunkRows: number;
  readonly budgets: { readonly source: RowBudget; readonly target: RowBudget };
  /** As it was saved; undefined: from the start. */
  readonly from: TableProgress | undefined;
  readonly save: (progress: TableProgress) => Promise<void>;
  /** Why the sweep does not go on now; undefined when it does. */
  readonly onTrouble: (error: ReplicationError | undefined) => void;
  /** The table cannot be swept; others can. */
  readonly onRefused: (error: ReplicationError) => void;
  /** The waits of who sweeps; ended when it stops. */
  readonly pause: Pause;
  readonly isStopped: () => boolean;
  /** Something more urgent was ordered. */
  readonly mustYield: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Suspects at a time; reading waits above. Bounds memory: a suspect holds two images. */
const MAX_SUSPECTS = 5_000;
const RETRY_MS = 1_000;
/** Between looks at whether marks were passed. */
const JUDGE_EVERY_MS = 500;

export class TableSweep {
  readonly #options: TableSweepOptions;
  readonly #watch: TableWatch;
  readonly #book: SuspectBook;
  #ledger: ChunkLedger;
  #pace: ChunkPace;
  #judgedMs = 0;

  constructor(options: TableSweepOptions) {
    const { sides, table, own, chunkRows, from } = options;
    this.#options = options;
    this.#watch = new TableWatch(sides, table, own);
    this.#book = new SuspectBook({
      ...options,
      witness: sides.witness,
      onSettled: (chunk, outcome) => this.#ledger.settle(chunk, outcome),
    });
    this.#ledger = new ChunkLedger({ next: undefined, totals: from ?? NO_TOTALS });
    this.#pace = startPace(chunkRows);
  }

  /** What was compared here, judged or not. */
  get seen(): SweepTotals {
    return this.#ledger.seen;
  }

  /** What is saved of it, with what was compared before. */
  get totals(): SweepTotals {
    return this.#ledger.settled.totals;
  }

  /** @returns whether the table came to its end; if not, it goes on where it was. */
  async run(): Promise<boolean> {
    try {
      const isAtEnd = await this.#walk();
      await this.#judgeAll();
      const isEnded = isAtEnd && !this.#options.isStopped();
      await this.#save(isEnded, isEnded ? await this.#findRemark() : null);
      return isEnded;
    } catch (error) {
      return await this.#giveUp(asReplicationError(error));
    }
  }

  /** What the table was not compared for, although it was wholly read. */
  async #findRemark(): Promise<string | null> {
    const table = await this.#insist(() => this.#watch.read());
    const isLacking = table !== undefined && table.way === 'points' && !tellsSource(table);
    return isLacking && !isPart(this.#options.readSpan(table))
      ? new ReplicationError('ERG_4106', `nothing at the target tells the key of ${table.name}`).message
      : null;
  }

  async #walk(): Promise<boolean> {
    let place: SweepPlace | undefined = await this.#insist(() => this.#start());
    while (place !== undefined && !this.#options.isStopped()) {
      if (this.#options.mustYield()) {
        return false;
      }
      place = await this.#step(place);
    }
    return place === undefined;
  }

  /** Where to begin. */
  async #start(): Promise<SweepPlace> {
    const { from, logger, table, readSpan } = this.#options;
    const swept = await this.#watch.read();
    const first = firstPlace(swept, readSpan(swept));
    if (from === undefined || from.place === null) {
      this.#ledger = new ChunkLedger({ next: first, totals: NO_TOTALS });
      return first;
    }
    const saved = parsePlace(from.place);
    const isUsable = saved !== undefined && isPlaceOf(swept, saved);
    if (!isUsable) {
      logger.event('sweeper.table.restarted', { table });
    }
    const place = isUsable ? saved : first;
    this.#ledger = new ChunkLedger({ next: place, totals: isUsable ? from : NO_TOTALS });
    return place;
  }

  async #step(place: SweepPlace): Promise<SweepPlace | undefined> {
    await this.#waitForRoom();
    if (this.#options.isStopped()) {
      return place;
    }
    const read = await this.#insist(() => this.#readOnce(place));
    if (read === undefined) {
      return place;
    }
    const { chunk, sifted } = read;
    const number = this.#ledger.add(chunk.next, {
      ...NO_TOTALS,
      rows: chunk.rows,
      targetRows: chunk.targetRows,
      chunks: 1,
      suspects: sifted.kept.length,
      unjudged: chunk.unplaced,
    });
    this.#book.enter(number, sifted);
    await this.#judge();
    await this.#save(false, null);
    return chunk.next;
  }

  /** Undefined when the table has changed meanwhile: what was read may be of two shapes. */
  async #readOnce(place: SweepPlace) {
    const { clock, sides, owner, readSpan } = this.#options;
    const table = await this.#watch.read();
    if (!isPlaceOf(table, place)) {
      throw new ReplicationError('ERG_4101', `table ${table.name} got another key; its next sweep compares it anew`);
    }
    const means: ChunkMeans = { sides, table, owner, span: readSpan(table), limit: this.#pace.rows };
    const beganMs = clock.monotonicMs();
    const chunk = await readChunk(means, place);
    this.#spend(chunk, clock.monotonicMs() - beganMs);
    const sifted = await this.#book.sift(chunk.candidates);
    return this.#watch.isCurrent(table) ? { chunk, sifted } : undefined;
  }

  #spend({ rows, targetRows }: Chunk, ms: number): void {
    const { budgets, chunkRows } = this.#options;
    budgets.source.spend(rows);
    budgets.target.spend(targetRows);
    this.#pace = chooseChunkRows(this.#pace, { rows: Math.max(rows, targetRows), ms }, chunkRows);
  }

  async #waitForRoom(): Promise<void> {
    const { budgets, pause, isStopped } = this.#options;
    for (;;) {
      const debtMs = Math.max(budgets.source.debtMs, budgets.target.debtMs);
      const isFull = this.#book.size >= MAX_SUSPECTS;
      if (isStopped() || (debtMs === 0 && !isFull)) {
        return;
      }
      await pause.wait(isFull ? JUDGE_EVERY_MS : Math.min(debtMs, JUDGE_EVERY_MS));
      await this.#judge();
    }
  }

  async #judgeAll(): Promise<void> {
    while (!this.#ledger.isSettled && !this.#options.isStopped()) {
      await this.#judge();
      if (!this.#ledger.isSettled) {
        await this.#options.pause.wait(JUDGE_EVERY_MS);
      }
    }
  }

  async #judge(): Promise<void> {
    const { clock, onTrouble } = this.#options;
    if (this.#book.size > 0 && clock.monotonicMs() - this.#judgedMs >= JUDGE_EVERY_MS) {
      await this.#book.judgeDue();
      this.#judgedMs = clock.monotonicMs();
      onTrouble(this.#book.trouble);
    }
  }

  /** Until it works, for what may pass by itself. Undefined when the sweeper stops meanwhile. */
  async #insist<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { isStopped, onTrouble } = this.#options;
    for (let failures = 0; !isStopped(); failures += 1) {
      try {
        const done = await work();
        if (failures > 0) {
          onTrouble(undefined);
        }
        return done;
      } catch (error) {
        await this.#waitOut(asReplicationError(error), failures);
      }
    }
    return undefined;
  }

  /** @throws ReplicationError what does not pass by itself */
  async #waitOut(error: ReplicationError, failures: number): Promise<void> {
    const { onTrouble, pause, logger, table } = this.#options;
    if (!mayPass(error, failures)) {
      throw error;
    }
    if (error.class === 'schema') {
      await this.#watch.outdate();
    }
    onTrouble(error);
    if (failures === 0) {
      logger.event('sweeper.waiting', { table, reason: error.message });
    }
    await pause.wait(RETRY_MS);
  }

  async #save(isEnded: boolean, reason: string | null): Promise<void> {
    const { table, save } = this.#options;
    const { next, totals } = this.#ledger.settled;
    const place = next === undefined ? null : formatPlace(next);
    const progress = { ...totals, table, place, reason, isEnded, endedMs: null };
    await this.#insist(() => save(progress));
  }

  /** The table ends without having been compared to its end. */
  async #giveUp(error: ReplicationError): Promise<boolean> {
    if (this.#options.isStopped() || error.class === 'expected') {
      throw error;
    }
    this.#options.logger.event('sweeper.table.refused', { table: this.#options.table, reason: error.message });
    this.#options.onRefused(error);
    await this.#save(true, error.message);
    return true;
  }
}

/** A table that is not as it was read is read again; if it still fails then, it stays so. */
function mayPass({ class: errorClass }: ReplicationError, failures: number): boolean {
  return errorClass === 'transient' || errorClass === 'unknown' || (errorClass === 'schema' && failures < 3);
}
