import { comparePlaces, type LogPlace, rowName, type TargetHistory } from './history.ts';

/** What a target held at a point of its log; the point moves forward only. */
export class TargetState {
  readonly #history: TargetHistory;
  readonly #highest = new Map<string, number>();
  readonly #there = new Set<string>();
  #next = 0;

  constructor(history: TargetHistory) {
    this.#history = history;
  }

  advanceTo(place: LogPlace): void {
    const { entries } = this.#history;
    for (let entry = entries[this.#next]; entry !== undefined; entry = entries[this.#next]) {
      if (comparePlaces(entry.place, place) > 0) {
        return;
      }
      this.#next++;
      if (entry.kind === 'write' || entry.kind === 'delete') {
        const row = rowName(entry.table, entry.key);
        const rank = 2 * entry.ver + (entry.kind === 'delete' ? 1 : 0);
        this.#highest.set(row, Math.max(rank, this.#highest.get(row) ?? 0));
        if (entry.kind === 'write') {
          this.#there.add(row);
        } else {
          this.#there.delete(row);
        }
      }
    }
  }

  /** The newest state that the row ever had here; 0 when it was never logged. */
  highestRank(row: string): number {
    return this.#highest.get(row) ?? 0;
  }

  isThere(row: string): boolean {
    return this.#there.has(row);
  }
}
