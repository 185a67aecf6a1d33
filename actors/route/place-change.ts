import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { RecordContext } from './record-context.ts';
import type { RoutedChange } from './routed-change.ts';
import type { ShardRoute } from './shard-route.ts';
import type { TableRoute } from './table-route.ts';

export interface PlacedEntry {
  readonly shard: number;
  readonly route: TableRoute;
  readonly entry: RoutedChange;
  /** Of a row that moves: where it is written first. It is deleted here only when that has happened. */
  readonly follows?: { readonly shard: number; readonly key: string } | undefined;
  /** Of a delete where a row was that is elsewhere now: the shards that it is on. */
  readonly movedTo?: readonly number[] | undefined;
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
 * @throws ReplicationError ERG_2008, ERG_3303, ERG_3402
 */
export function placeChange(
  change: RowChange,
  payloadIndex: number,
  { before, after }: RowPlaces,
  means: PlaceMeans,
): readonly PlacedEntry[] {
  const place = new ChangePlacer(change, payloadIndex, means);
  for (const shard of after) {
    place.write(shard, before.includes(shard));
  }
  for (const shard of before) {
    if (!after.includes(shard)) {
      place.remove(shard, { movedTo: after });
    }
  }
  return place.placed;
}

export interface PlaceMeans {
  readonly route: TableRoute;
  readonly context: RecordContext;
  /** Nobody writes the table on the shard now, and it is made up for later: it need not even be known. */
  readonly isLeftOut: (shard: number, route: TableRoute, context: RecordContext) => boolean;
}

class ChangePlacer {
  readonly placed: PlacedEntry[] = [];
  readonly #change: RowChange;
  readonly #payloadIndex: number;
  readonly #means: PlaceMeans;
  /** A change that is written to several places counts once. */
  #isCounted = false;
  #written: PlacedEntry['follows'];

  constructor(change: RowChange, payloadIndex: number, means: PlaceMeans) {
    this.#change = change;
    this.#payloadIndex = payloadIndex;
    this.#means = means;
  }

  /** @param wasThere the row was on this shard before the change, perhaps under another key */
  write(shard: number, wasThere: boolean): void {
    const { before, after } = this.#change;
    const { route, context } = this.#means;
    const target = this.#targetOn(shard);
    if (after === null || target === undefined) {
      return;
    }
    const isKeyChange = wasThere && before !== null && !target.isSameRow(before, after);
    const ties = isKeyChange ? [`${context.seq}:${this.#payloadIndex}`] : undefined;
    if (ties !== undefined) {
      this.remove(shard, { ties });
    }
    const stampMs = route.readStamp(after);
    const place = { payloadIndex: this.#payloadIndex, stampMs, withNext: false, changes: this.#countOnce(), ties };
    const entry = target.upsert(after, context, place);
    this.#written = { shard, key: entry.key };
    this.placed.push({ shard, route, entry });
  }

  /** @param how ties: the new half of a changed primary key comes next; movedTo: where the row is now; [] when it is nowhere */
  remove(shard: number, how: { readonly ties: readonly string[] } | { readonly movedTo: readonly number[] }): void {
    const { before } = this.#change;
    const { route, context } = this.#means;
    const target = this.#targetOn(shard);
    if (before === null || target === undefined) {
      return;
    }
    const isHalf = 'ties' in how;
    const changes = !isHalf && how.movedTo.length === 0 ? this.#countOnce() : 0;
    const ties = isHalf ? how.ties : undefined;
    const place = { payloadIndex: this.#payloadIndex, stampMs: Number.NaN, withNext: isHalf, changes, ties };
    const entry = target.remove(before, context, place);
    const movedTo = isHalf || how.movedTo.length === 0 ? undefined : how.movedTo;
    this.placed.push({ shard, route, entry, movedTo, follows: isHalf ? undefined : this.#written });
  }

  #targetOn(shard: number): ShardRoute | undefined {
    const { route, context, isLeftOut } = this.#means;
    const target = route.shards[shard];
    return target === undefined || (!target.isKnown && isLeftOut(shard, route, context)) ? undefined : target;
  }

  #countOnce(): number {
    const count = this.#isCounted ? 0 : 1;
    this.#isCounted = true;
    return count;
  }
}
