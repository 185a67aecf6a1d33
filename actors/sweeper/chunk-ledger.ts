/**
 * Chunks of a table that were read, in order, with how many of their rows are not judged yet. What is saved as progress never
 * passes a chunk with such rows: after a crash it is read again, and they are found again.
 */
import type { SweepTotals } from '../state/sweep-store.ts';
import type { SweepPlace } from './sweep-place.ts';

export const NO_TOTALS: SweepTotals = { rows: 0, targetRows: 0, chunks: 0, suspects: 0, mismatches: 0, unjudged: 0 };

/** Place behind the chunks that are settled, and what they add up to. */
export interface SettledChunks {
  /** Undefined: the table ends there. */
  readonly next: SweepPlace | undefined;
  readonly totals: SweepTotals;
}

interface OpenChunk {
  readonly next: SweepPlace | undefined;
  totals: SweepTotals;
  open: number;
}

export class ChunkLedger {
  readonly #chunks = new Map<number, OpenChunk>();
  #number = 0;
  #settled: SettledChunks;
  #seen: SweepTotals = NO_TOTALS;

  constructor(from: SettledChunks) {
    this.#settled = from;
  }

  get settled(): SettledChunks {
    return this.#settled;
  }

  /** Of all chunks that were read since it was made, settled or not. */
  get seen(): SweepTotals {
    return this.#seen;
  }

  get isSettled(): boolean {
    return this.#chunks.size === 0;
  }

  /** @returns the number of the chunk */
  add(next: SweepPlace | undefined, totals: SweepTotals): number {
    this.#number += 1;
    this.#chunks.set(this.#number, { next, totals, open: totals.suspects });
    this.#seen = addTotals(this.#seen, totals);
    this.#advance();
    return this.#number;
  }

  settle(chunk: number, outcome: 'equal' | 'mismatch' | 'unjudged'): void {
    const found = this.#chunks.get(chunk);
    if (found === undefined) {
      return;
    }
    const more = { ...NO_TOTALS, mismatches: outcome === 'mismatch' ? 1 : 0, unjudged: outcome === 'unjudged' ? 1 : 0 };
    found.totals = addTotals(found.totals, more);
    found.open -= 1;
    this.#seen = addTotals(this.#seen, more);
    this.#advance();
  }

  #advance(): void {
    for (const [number, { next, totals, open }] of this.#chunks) {
      if (open > 0) {
        return;
      }
      this.#settled = { next, totals: addTotals(this.#settled.totals, totals) };
      this.#chunks.delete(number);
    }
  }
}

export function addTotals(left: SweepTotals, right: SweepTotals): SweepTotals {
  return {
    rows: left.rows + right.rows,
    targetRows: left.targetRows + right.targetRows,
    chunks: left.chunks + right.chunks,
    suspects: left.suspects + right.suspects,
    mismatches: left.mismatches + right.mismatches,
    unjudged: left.unjudged + right.unjudged,
  };
}
