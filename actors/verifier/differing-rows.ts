/**
 * Rows of one shard that differ at the first look and wait for a second one, together: that takes three questions, however
 * many rows they are about. While many changes are due, a newer change of the row is often among them: most rows that are
 * missing were deleted later. It makes the older one out of date, and spares the questions.
 */
import type { RoutedChange } from '../route/routed-change.ts';
import type { DueRow } from './due-queue.ts';
import { isCovered } from './is-covered.ts';
import type { Check } from './verifier-progress.ts';

interface Waiting {
  readonly row: DueRow;
  /** Number of the first look. */
  readonly since: number;
}

const NONE: readonly Check[] = [];

export class DifferingRows {
  /** By key, the oldest first; by itself where another change of the row waits already. */
  readonly #waiting = new Map<string | DueRow, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Number of the first look after which one waits for longest; undefined when none waits. */
  get oldest(): number | undefined {
    for (const { since } of this.#waiting.values()) {
      return since;
    }
    return undefined;
  }

  /** @param since number of the first look, never a smaller one than before */
  add(row: DueRow, since: number): void {
    const { key } = row.change;
    this.#waiting.set(this.#waiting.has(key) ? row : key, { row, since });
  }

  /** Another change of a row is due. @returns what it has made out of date: that waits no more */
  passBy(change: RoutedChange): readonly Check[] {
    const known = this.#waiting.get(change.key)?.row;
    if (known === undefined || !isCovered(known.change, change)) {
      return NONE;
    }
    this.#waiting.delete(change.key);
    return known.checks;
  }

  /** Those that wait for longest. */
  take(limit: number): readonly DueRow[] {
    const taken: DueRow[] = [];
    for (const [key, { row }] of this.#waiting) {
      if (taken.length >= limit) {
        break;
      }
      taken.push(row);
      this.#waiting.delete(key);
    }
    return taken;
  }
}
