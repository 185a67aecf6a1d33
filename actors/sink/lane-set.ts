/** All lanes of a sink: a few per shard, each with a connection of its own. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { LaneDetail } from '../../protocol/message/actor-status.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { FoldedRow } from '../route/fold-rows.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import { type RoutedChange, withTable } from '../route/routed-change.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import type { TableRoute } from '../route/table-route.ts';
import type { UnwrittenColumns } from '../route/unwritten-columns.ts';
import type { FenceOwner } from '../target/target-shard.ts';
import type { LaneTrouble } from './batch-chunks.ts';
import { FailureWindow } from './failure-window.ts';
import { Lane } from './lane.ts';
import type { LaneOptions } from './lane-options.ts';
import type { SinkDeps } from './sink-deps.ts';

export interface LaneSetOptions
  extends Pick<LaneOptions, 'onWritten' | 'onRefused' | 'onDropped' | 'onRetry' | 'onFenced'> {
  readonly deps: SinkDeps;
  readonly owner: FenceOwner;
  readonly catalogs: readonly ShardCatalog[];
  readonly unwritten: UnwrittenColumns;
  readonly isLeftOut: (shard: number, table: string) => boolean;
  /** It is not the rows that cannot be written: their table is to be left out. */
  readonly onEnvironment: (shard: number, table: string, error: ReplicationError) => void;
}

/** A lane that cannot write. */
export interface ShardTrouble extends LaneTrouble {
  readonly shard: number;
}

/** Spreads the tables of one record key over the lanes (golden ratio, 32 bits). */
const TABLE_SPREAD = 0x9e3779b1;

export class LaneSet {
  /** By shard. */
  readonly #lanes: readonly (readonly Lane[])[];
  /** By shard and table. */
  readonly #oneLane: readonly Map<string, boolean>[];

  constructor(options: LaneSetOptions) {
    this.#oneLane = options.catalogs.map(() => new Map<string, boolean>());
    this.#lanes = options.catalogs.map((catalog, shard) => {
      const failures = new FailureWindow();
      return Array.from({ length: options.deps.settings.lanes }, (_, lane) =>
        buildLane(options, catalog, { shard, lane, failures }),
      );
    });
  }

  get queued(): number {
    return this.#lanes.flat().reduce((sum, lane) => sum + lane.queued, 0);
  }

  /** Some lane of the shards wants more. */
  isHungry(isAsked: (shard: number) => boolean): boolean {
    return this.#lanes.some((lanes, shard) => isAsked(shard) && lanes.some((lane) => lane.isHungry));
  }

  listTroubles(): readonly ShardTrouble[] {
    return this.#lanes.flatMap((lanes, shard) =>
      lanes.flatMap(({ trouble }) => (trouble === undefined ? [] : [{ ...trouble, shard }])),
    );
  }

  /** A shard may be sent something again. */
  hurry(shard: number): void {
    for (const lane of this.#lanes[shard] ?? []) {
      lane.hurry();
    }
  }

  dropLeftOut(shard: number): void {
    for (const lane of this.#lanes[shard] ?? []) {
      lane.dropLeftOut();
    }
  }

  /**
   * Changes with equal record keys of one table share a lane. A table with more unique indexes than its key has one lane
   * for all its rows: a value that one row gives up may be another's next.
   */
  push({ shard, route, entry }: PlacedEntry, laneHash: number): void {
    const lanes = this.#lanes[shard] ?? [];
    const hash = this.#hasOneLane(shard, route, entry.table) ? 0 : laneHash;
    lanes[chooseLane(hash, route, lanes.length)]?.push(entry);
  }

  /**
   * The lanes in which changes of a row may come.
   * @param table at the target @param laneHash of the record key; undefined when that is not known
   */
  lanesOf(shard: number, route: TableRoute, table: TableShape, laneHash: number | undefined): readonly Lane[] {
    const lanes = this.#lanes[shard] ?? [];
    const hash = this.#hasOneLane(shard, route, table) ? 0 : laneHash;
    const own = hash === undefined ? undefined : lanes[chooseLane(hash, route, lanes.length)];
    return own === undefined ? lanes : [own];
  }

  /** Decided once, for all who read: a row that changed its lane while it is queued could overtake itself. */
  #hasOneLane(shard: number, route: TableRoute, table: TableShape): boolean {
    const decided = this.#oneLane[shard];
    let hasOneLane = decided?.get(route.name);
    if (hasOneLane === undefined) {
      hasOneLane = table.uniqueIndexes.length > 0;
      decided?.set(route.name, hasOneLane);
    }
    return hasOneLane;
  }

  describe(): readonly LaneDetail[] {
    return this.#lanes.flat().map((lane) => lane.describe());
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#lanes.flat().map((lane) => lane.stop()));
  }
}

function chooseLane(hash: number, { ordinal }: TableRoute, lanes: number): number {
  return ((hash ^ Math.imul(ordinal + 1, TABLE_SPREAD)) >>> 0) % lanes;
}

function buildLane(
  options: LaneSetOptions,
  catalog: ShardCatalog,
  { shard, lane, failures }: { readonly shard: number; readonly lane: number; readonly failures: FailureWindow },
): Lane {
  const { deps, owner, onWritten, onEnvironment } = options;
  return new Lane({
    ...deps,
    ...options,
    shard: catalog.shard.name,
    lane,
    writer: catalog.shard.openWriter(owner, lane),
    limits: deps.settings.batch,
    gate: deps.gateOf?.(catalog.shard.name),
    isLeftOut: (table) => options.isLeftOut(shard, table),
    onWritten: (entries, rows) => {
      failures.sawWritten(entries);
      onWritten(entries, rows);
    },
    onWaiting: (entry) => failures.sawWaiting(entry),
    mayRefuse: (entry, error) => {
      const isEnvironment = failures.sawRefused(entry, error.code);
      if (isEnvironment) {
        onEnvironment(shard, entry.table.name, error);
      }
      return !isEnvironment;
    },
    refreshTables: () => catalog.refresh(),
    renewRow: (row) => renewRow(row, catalog, (column) => countUnwritten(row.last, column, options)),
  });
}

/** The row with the table as the catalog has it now. */
function renewRow({ last, removal }: FoldedRow, catalog: ShardCatalog, onGone: (column: string) => void): FoldedRow {
  const table = catalog.find(last.table.name) ?? last.table;
  if (table === last.table) {
    return { last, removal };
  }
  for (const [index, column] of (last.image?.layout.names ?? []).entries()) {
    const before = last.table.columnByName.get(column);
    const isGone = before?.generated === false && !table.columnByName.has(column);
    if (isGone && last.image?.cells[index] !== null) {
      onGone(column);
    }
  }
  return { last: withTable(last, table), removal: removal === undefined ? undefined : withTable(removal, table) };
}

/** Under the name of the table at the source, as when a change is routed. */
function countUnwritten({ table, record, commitTime }: RoutedChange, column: string, options: LaneSetOptions): void {
  const tables = Object.entries(options.deps.settings.tables);
  const [source] = tables.find(([name, { target }]) => (target ?? name) === table.name) ?? [table.name];
  options.unwritten.count(source, column, record, commitTime);
}
