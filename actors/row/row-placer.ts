/**
 * Where rows of the source belong now, and what the write path would make of them there. The same routes, places and fillers
 * as a sink's decide it, with answers of look-ups that are asked for now: what a sink remembers of the stream is not used.
 */
import type { RowImage } from '../../protocol/change/row-image.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { buildShardMap } from '../../protocol/route/build-shard-map.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import { nameLookups } from '../route/build-lookups.ts';
import { buildTableRoutes } from '../route/build-routes.ts';
import type { KnownTables } from '../route/known-tables.ts';
import type { LookupAnswers } from '../route/lookup-answers.ts';
import { PlaceFinder } from '../route/place-finder.ts';
import type { RouteDeps } from '../route/route-deps.ts';
import type { RowAtTarget } from '../route/shard-route.ts';
import type { TableRoute } from '../route/table-route.ts';
import { UnwrittenColumns } from '../route/unwritten-columns.ts';
import type { SourceLookup } from '../source/source-lookup.ts';
import { WrittenColumns } from './written-columns.ts';

/** A source row as it is to be on one shard. */
export interface PlacedRow extends RowAtTarget {
  /** The columns that are written, looked-up ones filled in. */
  readonly image: RowImage;
}

/** By the name of the shard: the shards on which a row belongs, each with why it cannot be written there if it cannot. */
export type RowPlacement = ReadonlyMap<string, PlacedRow | ReplicationError>;

export interface RowPlacerOptions {
  readonly settings: PipelineSettings;
  /** Tables of the shards of the target, in the order of the settings; ignored columns are marked as never written. */
  readonly shards: readonly KnownTables[];
  readonly openLookup: RouteDeps['openLookup'];
}

type Insert = Extract<RowChange, { op: 'insert' }>;

export class RowPlacer {
  readonly #shards: readonly KnownTables[];
  readonly #routes: ReadonlyMap<string, TableRoute>;
  readonly #places: PlaceFinder;
  readonly #lookups: ReadonlyMap<string, SourceLookup>;
  readonly #written: WrittenColumns;

  /** @throws ReplicationError ERG_2102, ERG_2105 */
  constructor({ settings, shards, openLookup }: RowPlacerOptions) {
    this.#shards = shards;
    this.#routes = buildTableRoutes(settings, shards, new UnwrittenColumns(() => {}));
    const names = shards.map(({ shard }) => shard.name);
    this.#places = new PlaceFinder(buildShardMap(settings.target, names));
    this.#lookups = new Map(
      [...nameLookups(settings)].map(([id, { resolver, database }]) => [id, openLookup(resolver, database)]),
    );
    this.#written = new WrittenColumns(Object.values(settings.marker));
  }

  /**
   * @param table name at the source
   * @param images all columns of source rows
   * @returns for each in its order: its placement, empty of a row that belongs nowhere; or why that cannot be told. Transient
   *   when a look-up may answer later.
   */
  async place(table: string, images: readonly RowImage[]): Promise<readonly (RowPlacement | ReplicationError)[]> {
    const route = this.#routes.get(table);
    if (route === undefined) {
      const error = new ReplicationError('ERG_4083', `table ${table} is not replicated`);
      return images.map(() => error);
    }
    return this.#placeAll(
      route,
      images.map((after) => ({ op: 'insert', table, before: null, after })),
    );
  }

  /** As if the row belonged on each shard. */
  placeEverywhere(table: string, image: RowImage): RowPlacement {
    const route = this.#routes.get(table);
    return new Map(
      route === undefined
        ? []
        : this.#shards.map(({ shard }, index) => [shard.name, this.#placeOn(route, index, image)]),
    );
  }

  async #placeAll(route: TableRoute, rows: readonly Insert[]): Promise<readonly (RowPlacement | ReplicationError)[]> {
    try {
      const answers = await this.#ask(route, rows);
      return rows.map((row) => this.#placeOne(route, row, answers));
    } catch (thrown) {
      const error = asReplicationError(thrown);
      // A resolver that fails on one key must not take the other rows with it.
      return error.class === 'row' && rows.length > 1 ? await this.#placeApart(route, rows) : rows.map(() => error);
    }
  }

  async #placeApart(route: TableRoute, rows: readonly Insert[]): Promise<readonly (RowPlacement | ReplicationError)[]> {
    const half = Math.ceil(rows.length / 2);
    return [...(await this.#placeAll(route, rows.slice(0, half))), ...(await this.#placeAll(route, rows.slice(half)))];
  }

  async #ask(route: TableRoute, rows: readonly Insert[]): Promise<LookupAnswers> {
    const keys = new Map<string, Set<string>>();
    for (const { lookup, key } of rows.flatMap((row) => route.listLookupKeys(row))) {
      const asked = keys.get(lookup) ?? new Set();
      keys.set(lookup, asked.add(key));
    }
    const found = new Map(
      await Promise.all(
        [...keys].map(async ([id, asked]) => [id, await this.#lookups.get(id)?.findMany([...asked])] as const),
      ),
    );
    return { find: (lookup, key) => found.get(lookup)?.get(key), former: () => [] };
  }

  #placeOne(route: TableRoute, row: Insert, answers: LookupAnswers): RowPlacement | ReplicationError {
    const places = this.#places.byAnswer(route, row, answers);
    if (places instanceof ReplicationError) {
      return places;
    }
    try {
      // What is written nowhere needs no values.
      const filled = places.after.length === 0 ? row : route.fill(row, answers);
      return new Map(
        places.after.map((shard) => [
          this.#shards[shard]?.shard.name ?? '',
          this.#placeOn(route, shard, filled.after ?? row.after),
        ]),
      );
    } catch (error) {
      return asReplicationError(error);
    }
  }

  #placeOn(route: TableRoute, shard: number, image: RowImage): PlacedRow | ReplicationError {
    try {
      const named = route.shards[shard]?.nameRow(image);
      if (named === undefined) {
        throw new ReplicationError('ERG_9000', `the shard map names a shard ${shard} that is not there`);
      }
      return { ...named, image: this.#written.of(image, named.table) };
    } catch (error) {
      return asReplicationError(error);
    }
  }
}
