/**
 * Rows that a repair has written from a source that was ahead of the sink: changes of them up to there are in what was
 * written, and would set the row back until the last of them has come. They are passed over. The guard alone does not do it:
 * what was not in the change stream yet has a newer version than the repair, and a deleted row has none.
 *
 * Kept in memory: after a crash such a row may be seen in an older state until the sink has come as far as the repair was.
 */

import { comparePositions, type SourcePosition } from '../../protocol/change/source-position.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';

/** How far the log had come when the source was read. */
export interface ReadPlace {
  /** The first offset that may hold something newer. */
  readonly offset: number;
  /** The first place in the source's log that may; undefined when that is not known. */
  readonly position: SourcePosition | undefined;
}

interface Overtaken extends ReadPlace {
  readonly atMs: number;
}

/** Those beyond are forgotten, the oldest first. */
const MAX_ROWS = 10_000;
/** A sink that is further behind shows an older state for a while. Guess. */
const MAX_AGE_MS = 3_600_000;

export class OvertakenRows {
  readonly #clock: Clock;
  readonly #onPassed: (entries: readonly RoutedChange[]) => void;
  readonly #rows = new Map<string, Overtaken>();

  constructor(clock: Clock, onPassed: (entries: readonly RoutedChange[]) => void) {
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  add(shard: number, key: string, place: ReadPlace): void {
    const id = idOf(shard, key);
    this.#rows.delete(id);
    this.#rows.set(id, { ...place, atMs: this.#clock.monotonicMs() });
    for (const oldest of this.#rows.keys()) {
      if (this.#rows.size <= MAX_ROWS) {
        break;
      }
      this.#rows.delete(oldest);
    }
  }

  /** Its effect is in the row. What others depend on is never passed over. */
  covers(shard: number, { key, record, ledger, slot, ties, followers, withNext }: RoutedChange): boolean {
    const row = this.#rows.get(idOf(shard, key));
    if (row === undefined || ties !== undefined || followers !== undefined || withNext) {
      return false;
    }
    const position = ledger.positionOf(slot);
    const isRead = row.position !== undefined && position !== undefined && comparePositions(position, row.position) < 0;
    return isRead || Number(record.offset) < row.offset;
  }

  /** @param placed of one record @returns what is still to be written */
  passOver(placed: readonly PlacedEntry[]): readonly PlacedEntry[] {
    // Nearly always there is none, and this is asked for every record.
    if (this.#rows.size === 0 || placed.some(({ follows }) => follows !== undefined)) {
      return placed;
    }
    const { left = [], passed = [] } = Object.groupBy(placed, ({ shard, entry }) =>
      this.covers(shard, entry) ? 'passed' : 'left',
    );
    this.#onPassed(passed.map(({ entry }) => entry));
    return left;
  }

  /** Forgets what all that is settled has passed. */
  forget({ watermark, watermarkPosition }: Pick<OffsetLedger, 'watermark' | 'watermarkPosition'>): void {
    const oldestMs = this.#clock.monotonicMs() - MAX_AGE_MS;
    for (const [id, { offset, position, atMs }] of this.#rows) {
      const isPassed =
        position === undefined ||
        (watermarkPosition !== undefined && comparePositions(watermarkPosition, position) >= 0);
      if (atMs < oldestMs || (watermark >= offset && isPassed)) {
        this.#rows.delete(id);
      }
    }
  }
}

function idOf(shard: number, key: string): string {
  return `${shard}:${key}`;
}
