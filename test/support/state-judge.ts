/**
 * Judges every state of every row that the shards show against the log of the source. It knows that log and what is promised,
 * nothing of how it is kept.
 */
import type { HeldRow } from './locking-shard.ts';
import type { RowState, SourceRow, ValueHistory } from './value-history.ts';

export interface Strictness {
  /** A replay may show a row again that was deleted later. */
  readonly replays: boolean;
  /** Changes of one record cannot be folded: a replay may show them again, and a row that leaves and comes back be away. */
  readonly isOrdered: boolean;
}

interface Seen {
  /** Index in the row's log: nothing before it may be shown any more. */
  index: number;
  isThere: boolean;
}

export class StateJudge {
  readonly faults: string[] = [];
  readonly #history: ValueHistory;
  readonly #strictness: Strictness;
  readonly #seen = new Map<string, Seen>();
  /** By row: the newest state in which it was seen on any shard. */
  readonly #newest = new Map<string, number>();

  constructor(history: ValueHistory, strictness: Strictness) {
    this.#history = history;
    this.#strictness = strictness;
  }

  /** What a commit left of a row. */
  see(shard: number, key: string, row: HeldRow | undefined): void {
    const place = `row ${key} on shard ${shard}`;
    const seen = this.#seen.get(place) ?? { index: 0, isThere: false };
    this.#seen.set(place, seen);
    const states = this.#history.statesOf(key);
    if (row === undefined) {
      this.#seeAbsent(
        place,
        seen,
        states.map(({ row: state }) => state?.seller !== shard),
      );
    } else {
      this.#seePresent(place, seen, { row, index: states.findIndex((state) => isSame(state, shard, row)) }, states);
      this.#newest.set(key, Math.max(this.#newest.get(key) ?? 0, seen.index));
    }
    seen.isThere = row !== undefined;
    this.#checkNotLost(key, states);
  }

  #seePresent(
    place: string,
    seen: Seen,
    { row, index }: { readonly row: HeldRow; readonly index: number },
    states: readonly RowState[],
  ): void {
    const { replays, isOrdered } = this.#strictness;
    if (index < 0) {
      this.faults.push(`${place}: a state that it never had (version ${row.seq})`);
      return;
    }
    const isOlder = isOrdered && replays ? row.seq < (states[seen.index]?.offset ?? -1) : index < seen.index;
    if (isOlder && (seen.isThere || !replays)) {
      this.faults.push(`${place}: went back from its state ${seen.index} to ${index}`);
    }
    seen.index = index;
  }

  #seeAbsent(place: string, seen: Seen, isAbsent: readonly boolean[]): void {
    const index = isAbsent.indexOf(true, seen.index);
    if (index >= 0) {
      seen.index = index;
    } else if (!this.#strictness.replays) {
      this.faults.push(`${place}: gone, although it was there ever since its state ${seen.index}`);
    }
  }

  /** A row that moves is on two shards rather than on none. */
  #checkNotLost(key: string, states: readonly RowState[]): void {
    const isAnywhere = [...this.#seen].some(([place, { isThere }]) => isThere && place.startsWith(`row ${key} `));
    const newest = this.#newest.get(key);
    const { replays, isOrdered } = this.#strictness;
    if (replays || isOrdered) {
      return;
    }
    const isGone = (state: RowState, index: number) => state.row === undefined && index > (newest ?? 0);
    if (!isAnywhere && newest !== undefined && !states.some(isGone)) {
      this.faults.push(`row ${key}: on no shard, although it was there ever since its state ${newest}`);
    }
  }
}

function isSame({ offset, row }: RowState, shard: number, { cells, seq }: HeldRow): boolean {
  return row !== undefined && row.seller === shard && seq === BigInt(offset) && isEqual(row, cells);
}

export function isEqual(row: SourceRow, cells: HeldRow['cells']): boolean {
  const { id, seller, n, u } = row;
  return (
    cells['id'] === String(id) && cells['seller'] === String(seller) && cells['n'] === String(n) && cells['u'] === u
  );
}
