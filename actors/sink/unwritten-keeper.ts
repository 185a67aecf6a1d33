/**
 * Stores the counters of unwritten columns every few seconds, at once when a column is met for the first time, and at the
 * end. They inform: a state database that is away is tried again, and holds up nothing.
 *
 * A sink that is killed loses the counts of its last seconds, not their range: what it had left open is taken to reach up to
 * the place where the next one starts.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { UnwrittenColumns } from '../route/unwritten-columns.ts';
import { settleWithin } from '../runtime/settle-within.ts';
import type { ColumnPlace, UnwrittenColumnStore } from '../state/unwritten-column-store.ts';
import type { SinkDeps } from './sink-deps.ts';

const STORE_EVERY_MS = 5_000;
/** A sink that ends does not wait longer for a state database that is away. */
const STOP_DEADLINE_MS = 1_000;

export class UnwrittenKeeper {
  readonly #columns: UnwrittenColumns;
  readonly #store: UnwrittenColumnStore | undefined;
  readonly #place: ColumnPlace;
  readonly #clock: Clock;
  #startOffset: bigint | undefined;
  #cancel: () => void = () => {};
  #storing: Promise<void> | undefined;
  #isHurried = false;
  #isStopped = false;

  constructor(
    {
      pipeline,
      partition,
      settings,
      unwrittenColumns,
      clock,
    }: Pick<SinkDeps, 'pipeline' | 'partition' | 'settings' | 'unwrittenColumns' | 'clock'>,
    columns: UnwrittenColumns,
  ) {
    const { topic, topicEpoch } = settings.source;
    this.#columns = columns;
    this.#store = unwrittenColumns;
    this.#place = { pipeline, topic, topicEpoch, partition };
    this.#clock = clock;
  }

  /** @param offset from which this sink reads */
  start(offset: bigint): void {
    this.#startOffset = offset;
    this.#schedule(0);
  }

  /** A column was met for the first time. */
  hurry(): void {
    this.#isHurried = true;
    if (this.#storing === undefined && !this.#isStopped) {
      this.#cancel();
      this.#schedule(0);
    }
  }

  /** Idempotent; stores what is left, for a short time. */
  async stop(): Promise<void> {
    if (this.#isStopped) {
      return;
    }
    this.#isStopped = true;
    this.#cancel();
    const kept = Promise.resolve(this.#storing).then(() => this.#keep(true));
    await settleWithin(this.#clock, STOP_DEADLINE_MS, kept);
  }

  #schedule(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#isHurried = false;
      this.#storing = this.#keep(false).finally(() => {
        this.#storing = undefined;
        if (!this.#isStopped) {
          this.#schedule(this.#isHurried ? 0 : STORE_EVERY_MS);
        }
      });
    });
  }

  async #keep(isLast: boolean): Promise<void> {
    const store = this.#store;
    if (store === undefined) {
      return;
    }
    try {
      if (this.#startOffset !== undefined) {
        await store.closeOpen(this.#place, this.#startOffset);
        this.#startOffset = undefined;
      }
    } catch {
      return; // the next time
    }
    const deltas = this.#columns.takeDeltas(isLast);
    await store.add(this.#place, deltas).catch(() => this.#columns.giveBack(deltas));
  }
}
