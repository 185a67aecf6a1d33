/** On which shards a row was and is. Lists are shared, so that placing a change makes none. */
import type { Cell } from '../../protocol/change/cell.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RowPlaces } from './place-change.ts';
import type { FoundKeys, WaitingChange } from './shard-key-finder.ts';
import type { ShardMap } from './shard-map.ts';
import type { TableRoute } from './table-route.ts';

const NOWHERE: readonly number[] = [];

export class PlaceFinder {
  readonly #map: ShardMap;
  readonly #allShards: readonly number[];
  readonly #oneShard: readonly (readonly number[])[];

  constructor(map: ShardMap) {
    this.#map = map;
    this.#allShards = Array.from({ length: map.shards }, (_, shard) => shard);
    this.#oneShard = this.#allShards.map((shard) => [shard]);
  }

  /** By the shard key that the change carries; ERG_2002 when it carries none. */
  byKey(route: TableRoute, { before, after }: RowChange): RowPlaces | ReplicationError {
    const beforePlace = this.#placeOf(route, before);
    const afterPlace = this.#placeOf(route, after);
    if (beforePlace === undefined || afterPlace === undefined) {
      return new ReplicationError('ERG_2002', `table ${route.name}: expected an integer as shard key`);
    }
    return { before: beforePlace, after: afterPlace };
  }

  /**
   * By the answers of a look-up; ERG_2001 when there is none. A row that is gone at the source is on no shard, so a delete
   * whose shard key cannot be found any more goes to all of them: the guard keeps it from anything newer.
   */
  byAnswer(waiting: WaitingChange, find: FoundKeys): RowPlaces | ReplicationError {
    const { change, route } = waiting;
    const before = change.before === null ? NOWHERE : this.#shardsOf(find('before', waiting));
    const after = change.after === null ? NOWHERE : this.#shardsOf(find('after', waiting));
    if (after === undefined || (before === undefined && change.op !== 'delete')) {
      return new ReplicationError('ERG_2001', `table ${route.name}: ${route.resolver} has no answer for the change`);
    }
    return { before: before ?? this.#allShards, after };
  }

  #placeOf(route: TableRoute, image: RowImage | null): readonly number[] | undefined {
    if (image === null) {
      return NOWHERE;
    }
    const shard = this.#map.shardOf(route.findShardKey(image));
    return shard === undefined ? undefined : this.#oneShard[shard];
  }

  /** A row may belong to several shards. Undefined when there is no usable shard key. */
  #shardsOf(keys: readonly Cell[] | undefined): readonly number[] | undefined {
    const shards = new Set<number>();
    for (const key of keys ?? []) {
      const shard = this.#map.shardOf(key);
      if (shard === undefined) {
        return undefined;
      }
      shards.add(shard);
    }
    return shards.size === 0 ? undefined : [...shards];
  }
}
