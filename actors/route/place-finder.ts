/** On which shards a row was and is. Lists are shared, so that placing a change makes none in the usual case. */
import type { Cell } from '../../protocol/change/cell.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ShardMap } from '../../protocol/route/shard-map.ts';
import type { LookupAnswers } from './lookup-answers.ts';
import type { RowPlaces } from './place-change.ts';
import type { ShardKeyLookup, TableRoute } from './table-route.ts';

type Places = readonly number[];

const NOWHERE: Places = [];

export class PlaceFinder {
  readonly #map: ShardMap;
  readonly #allShards: Places;
  readonly #oneShard: readonly Places[];

  constructor(map: ShardMap) {
    this.#map = map;
    this.#allShards = Array.from({ length: map.shards }, (_, shard) => shard);
    this.#oneShard = this.#allShards.map((shard) => [shard]);
  }

  /** Of a row that is gone at the source, wherever it was: the guard keeps its delete from anything newer. */
  get everywhere(): RowPlaces {
    return { before: this.#allShards, after: NOWHERE };
  }

  /** By the shard keys that the change carries; ERG_2002 or ERG_2003 when they do not tell. */
  byKey(route: TableRoute, { before, after }: RowChange): RowPlaces | ReplicationError {
    const afterPlaces = this.#placesOf(route, after);
    const beforePlaces = this.#placesOf(route, before);
    if (afterPlaces instanceof ReplicationError) {
      return afterPlaces;
    }
    return beforePlaces instanceof ReplicationError ? beforePlaces : { before: beforePlaces, after: afterPlaces };
  }

  /**
   * By the answers of a look-up, which are of now: the row is deleted where a former answer put it. ERG_2001 when there is
   * none, ERG_2004 or ERG_2005 when it does not tell.
   */
  byAnswer(route: TableRoute, change: RowChange, answers: LookupAnswers): RowPlaces | ReplicationError {
    const lookup = route.shardKeyLookup;
    if (lookup === undefined) {
      return this.byKey(route, change);
    }
    const after = this.#answeredAfter({ route, lookup, answers }, change);
    return after instanceof ReplicationError
      ? after
      : { before: this.#answeredBefore({ route, lookup, answers }, change), after };
  }

  #placesOf(route: TableRoute, image: RowImage | null): Places | ReplicationError {
    if (image === null) {
      return NOWHERE;
    }
    if (route.hasShardKeys) {
      return this.#placesOfAll(route, image);
    }
    const key = route.findShardKey(image);
    return this.#place(this.#map.shardOf(key)) ?? this.#refuseKey(route, key);
  }

  /** Of a row with several shard keys; those that are NULL tell nothing, unless all are. */
  #placesOfAll(route: TableRoute, image: RowImage): Places | ReplicationError {
    const keys = route.listShardKeys(image);
    const told = keys.filter((key) => key !== null);
    const shards = new Set<number>();
    for (const key of told.length === 0 ? keys : told) {
      const shard = this.#map.shardOf(key);
      if (shard === undefined) {
        return this.#refuseKey(route, key);
      }
      shards.add(shard);
    }
    return [...shards];
  }

  #answeredAfter(answered: Answered, { after }: RowChange): Places | ReplicationError {
    const keys = after === null ? new Set<Cell>() : readKeys(answered, after);
    return keys instanceof ReplicationError ? keys : this.#placesOfKeys(answered, keys);
  }

  #placesOfKeys({ route, lookup }: Answered, keys: ReadonlySet<Cell>): Places | ReplicationError {
    const shards = new Set<number>();
    for (const key of keys) {
      const shard = this.#map.shardOf(key);
      if (shard === undefined) {
        const { code, expected } = this.#map.explain(key);
        return refuse(code === 'ERG_2002' ? 'ERG_2004' : code, route, `${lookup.resolver}: expected ${expected}`);
      }
      shards.add(shard);
    }
    return this.#listOf(shards);
  }

  /**
   * Everywhere the row may be. Where nothing tells, that is every shard: the guard keeps a delete from anything newer, and a
   * row that is not there loses nothing by it. A row that no shard has by rights is looked for when it is deleted only.
   */
  #answeredBefore({ route, lookup, answers }: Answered, { op, before }: RowChange): Places {
    if (before === null) {
      return NOWHERE;
    }
    const key = route.findLookupKey(before);
    const former = key === undefined ? [] : answers.former(lookup.lookup, key);
    const shards = new Set<number>();
    for (const cell of [...findAnswer(lookup.lookup, key, answers), ...former]) {
      const shard = cell === null ? undefined : this.#map.shardOf(cell);
      if (shard !== undefined) {
        shards.add(shard);
      }
    }
    if (shards.size > 0) {
      return this.#listOf(shards);
    }
    return op === 'delete' || lookup.whenMissing === 'finding' ? this.#allShards : NOWHERE;
  }

  #listOf(shards: ReadonlySet<number>): Places {
    const [first, ...others] = shards;
    const shared = others.length === 0 ? this.#place(first) : undefined;
    return shared ?? [...shards];
  }

  #place(shard: number | undefined): Places | undefined {
    return shard === undefined ? undefined : this.#oneShard[shard];
  }

  #refuseKey(route: TableRoute, key: Cell | undefined): ReplicationError {
    const { code, expected } = this.#map.explain(key);
    return refuse(code, route, `expected ${expected}`);
  }
}

interface Answered {
  readonly route: TableRoute;
  readonly lookup: ShardKeyLookup;
  readonly answers: LookupAnswers;
}

function findAnswer(lookup: string, key: string | undefined, answers: LookupAnswers): readonly Cell[] {
  return (key === undefined ? undefined : answers.find(lookup, key)) ?? [];
}

/** The shard keys of a row as it is now; none of a row that belongs to no shard. NULL is the answer that there is none. */
function readKeys({ route, lookup, answers }: Answered, image: RowImage): ReadonlySet<Cell> | ReplicationError {
  const cells = findAnswer(lookup.lookup, route.findLookupKey(image), answers);
  const keys = new Set(cells.filter((cell) => cell !== null));
  if (keys.size === 0 && lookup.whenMissing === 'finding') {
    return cells.length === 0
      ? refuse('ERG_2001', route, `${lookup.resolver} has no answer for the change`)
      : refuse('ERG_2004', route, `${lookup.resolver}: expected a shard key, got NULL`);
  }
  return lookup.isSingle && keys.size > 1
    ? refuse('ERG_2005', route, `expected one answer of ${lookup.resolver}, got ${keys.size}`)
    : keys;
}

type RefusalCode = 'ERG_2001' | 'ERG_2002' | 'ERG_2003' | 'ERG_2004' | 'ERG_2005';

function refuse(code: RefusalCode, route: TableRoute, reason: string): ReplicationError {
  return new ReplicationError(code, `table ${route.name}: ${reason}`);
}
