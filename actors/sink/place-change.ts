import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { LaneEntry } from './lane-entry.ts';
import type { RecordContext } from './record-context.ts';
import type { TableRoute } from './table-route.ts';

export interface PlacedEntry {
  readonly shard: number;
  readonly route: TableRoute;
  readonly entry: LaneEntry;
  /** Of a row that moves: where it is written first. It is deleted here only when that has happened. */
  readonly follows?: { readonly shard: number; readonly key: string } | undefined;
}

/** Indexes of the shards on which the row was before the change and is after it. */
export interface RowPlaces {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * What a row change means on each shard. A changed primary key is a delete of the old row and an upsert of the new one in
 * one transaction; a row that moves to another shard is written there first, and then deleted where it was.
 *
 * @throws ReplicationError ERG_3303, ERG_3402
 */
export function placeChange(
  change: RowChange,
  payloadIndex: number,
  { before, after }: RowPlaces,
  { route, context }: { readonly route: TableRoute; readonly context: RecordContext },
): readonly PlacedEntry[] {
  const place = new ChangePlacer(change, payloadIndex, { route, context });
  for (const shard of after) {
    place.write(shard, before.includes(shard));
  }
  for (const shard of before) {
    if (!after.includes(shard)) {
      place.remove(shard, false);
    }
  }
  return place.placed;
}

class ChangePlacer {
  readonly placed: PlacedEntry[] = [];
  readonly #change: RowChange;
  readonly #payloadIndex: number;
  readonly #route: TableRoute;
  readonly #context: RecordContext;
  /** A change that is written to several places counts once. */
  #isCounted = false;
  #written: PlacedEntry['follows'];

  constructor(
    change: RowChange,
    payloadIndex: number,
    { route, context }: { readonly route: TableRoute; readonly context: RecordContext },
  ) {
    this.#change = change;
    this.#payloadIndex = payloadIndex;
    this.#route = route;
    this.#context = context;
  }

  /** @param wasThere the row was on this shard before the change, perhaps under another key */
  write(shard: number, wasThere: boolean): void {
    const { before, after } = this.#change;
    const target = this.#route.shards[shard];
    if (after === null || target === undefined) {
      return;
    }
    const isKeyChange = wasThere && before !== null && !target.isSameRow(before, after);
    const ties = isKeyChange ? [`${this.#context.seq}:${this.#payloadIndex}`] : undefined;
    if (isKeyChange) {
      this.remove(shard, true, ties);
    }
    const stampMs = this.#route.readStamp(after);
    const place = { payloadIndex: this.#payloadIndex, stampMs, withNext: false, changes: this.#countOnce(), ties };
    const entry = target.upsert(after, this.#context, place);
    this.#written = { shard, key: entry.key };
    this.placed.push({ shard, route: this.#route, entry });
  }

  remove(shard: number, withNext: boolean, ties?: readonly string[]): void {
    const { before, op } = this.#change;
    const target = this.#route.shards[shard];
    if (before !== null && target !== undefined) {
      const changes = op === 'delete' ? this.#countOnce() : 0;
      const place = { payloadIndex: this.#payloadIndex, stampMs: Number.NaN, withNext, changes, ties };
      const follows = withNext ? undefined : this.#written;
      this.placed.push({ shard, route: this.#route, entry: target.remove(before, this.#context, place), follows });
    }
  }

  #countOnce(): number {
    const count = this.#isCounted ? 0 : 1;
    this.#isCounted = true;
    return count;
  }
}
