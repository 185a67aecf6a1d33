/** One table on one shard: makes lane entries of row images. What depends on the columns of an image is kept per layout. */
import type { Cell } from '../../protocol/change/cell.ts';
import type { ColumnLayout, RowImage } from '../../protocol/change/row-image.ts';
import { encodeRowKey, type RowKeyPlan } from '../../protocol/change/row-key.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { planTableKey } from '../catalog/plan-table-key.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { KnownTables } from './known-tables.ts';
import type { RecordContext } from './record-context.ts';
import type { RoutedChange } from './routed-change.ts';
import type { UnwrittenColumns } from './unwritten-columns.ts';

interface LayoutPlan {
  readonly table: TableShape;
  /** Where the cells of the primary key stand, in its order. */
  readonly keyIndexes: readonly number[];
  readonly key: RowKeyPlan;
  readonly coversRow: boolean;
  /** Columns of the image that the table does not have, and their indexes. */
  readonly unwritten: readonly { readonly column: string; readonly index: number }[];
}

export interface ShardRouteOptions {
  readonly sourceTable: string;
  readonly targetTable: string;
  readonly catalog: KnownTables;
  readonly markerNames: ReadonlySet<string>;
  readonly ignoredNames: ReadonlySet<string>;
  /** Columns whose value is looked up. */
  readonly filledNames: ReadonlySet<string>;
  readonly unwritten: UnwrittenColumns;
}

export class ShardRoute {
  readonly #options: ShardRouteOptions;
  #plans = new WeakMap<ColumnLayout, LayoutPlan>();
  #lastLayout: ColumnLayout | undefined;
  #lastPlan: LayoutPlan | undefined;

  constructor(options: ShardRouteOptions) {
    this.#options = options;
  }

  /** The shard has shown the table since the sink started. */
  get isKnown(): boolean {
    return this.#options.catalog.find(this.#options.targetTable) !== undefined;
  }

  get targetTable(): string {
    return this.#options.targetTable;
  }

  /** @throws ReplicationError ERG_2008, ERG_3303, ERG_3402 */
  upsert(image: RowImage, context: RecordContext, place: EntryPlace): RoutedChange {
    const plan = this.#planOf(image.layout);
    for (const { column, index } of plan.unwritten) {
      if (image.cells[index] !== null) {
        this.#options.unwritten.count(this.#options.sourceTable, column, context.record, context.commitTime);
      }
    }
    return this.#build(plan, image, context, { ...place, isDelete: false });
  }

  /** @throws ReplicationError ERG_2008, ERG_3303, ERG_3402 */
  remove(image: RowImage, context: RecordContext, place: EntryPlace): RoutedChange {
    return this.#build(this.#planOf(image.layout), image, context, { ...place, isDelete: true });
  }

  /** What names the row of an image at the target. @throws ReplicationError ERG_2008, ERG_3303, ERG_3402 */
  nameRow(image: RowImage): RowAtTarget {
    const plan = this.#planOf(image.layout);
    const keyCells = keyCellsOf(plan, image);
    return { table: plan.table, key: encodeRowKey(plan.key, keyCells), keyCells };
  }

  /** Whether two images are of the same row. */
  isSameRow(before: RowImage, after: RowImage): boolean {
    const plan = this.#planOf(after.layout);
    if (
      before.layout === after.layout &&
      plan.keyIndexes.every((index) => before.cells[index] === after.cells[index])
    ) {
      return true;
    }
    const beforePlan = this.#planOf(before.layout);
    return (
      encodeRowKey(beforePlan.key, keyCellsOf(beforePlan, before)) === encodeRowKey(plan.key, keyCellsOf(plan, after))
    );
  }

  #build(
    plan: LayoutPlan,
    image: RowImage,
    context: RecordContext,
    { payloadIndex, stampMs, withNext, changes, ties, isDelete }: EntryPlace & { readonly isDelete: boolean },
  ): RoutedChange {
    const keyCells = keyCellsOf(plan, image);
    return {
      table: plan.table,
      op: isDelete ? 'delete' : 'upsert',
      key: encodeRowKey(plan.key, keyCells),
      keyCells,
      image: isDelete ? null : image,
      keyImage: image,
      seq: context.seq,
      commitTime: context.commitTime,
      ledger: context.ledger,
      slot: context.slot,
      record: context.record,
      payloadIndex,
      changes,
      coversRow: plan.coversRow,
      bytes: context.bytesPerChange,
      stampMs,
      arrivedMs: context.arrivedMs,
      withNext,
      ties,
    };
  }

  #planOf(layout: ColumnLayout): LayoutPlan {
    const table = this.#options.catalog.find(this.#options.targetTable);
    if (layout === this.#lastLayout && table !== undefined && this.#lastPlan?.table === table) {
      return this.#lastPlan;
    }
    let plan = this.#plans.get(layout);
    if (plan === undefined || plan.table !== table) {
      plan = this.#buildPlan(layout, table);
      this.#plans.set(layout, plan);
    }
    this.#lastLayout = layout;
    this.#lastPlan = plan;
    return plan;
  }

  #buildPlan(layout: ColumnLayout, table: TableShape | undefined): LayoutPlan {
    const { targetTable, markerNames, ignoredNames, filledNames, catalog } = this.#options;
    if (table === undefined) {
      throw new ReplicationError('ERG_3402', `table ${targetTable} does not exist at ${catalog.shard.name}`);
    }
    const keyIndexes = table.primaryKey.map((column) => {
      if (filledNames.has(column)) {
        throw new ReplicationError('ERG_2008', `table ${targetTable}: columnReplace fills its key column ${column}`);
      }
      const index = layout.indexByName.get(column);
      if (index === undefined) {
        throw new ReplicationError('ERG_3303', `table ${targetTable}: key column ${column} is missing in the change`);
      }
      return index;
    });
    return {
      table,
      keyIndexes,
      key: planTableKey(table),
      coversRow: table.columns.every(
        ({ name, generated }) => generated || markerNames.has(name) || layout.indexByName.has(name),
      ),
      unwritten: layout.names.flatMap((column, index) =>
        table.columnByName.has(column) || markerNames.has(column) || ignoredNames.has(column)
          ? []
          : [{ column, index }],
      ),
    };
  }
}

export type RowAtTarget = Pick<RoutedChange, 'table' | 'key' | 'keyCells'>;

export interface EntryPlace {
  readonly payloadIndex: number;
  readonly stampMs: number;
  readonly withNext: boolean;
  /** Source changes that the entry stands for. */
  readonly changes: number;
  readonly ties: readonly string[] | undefined;
}

function keyCellsOf({ keyIndexes }: LayoutPlan, image: RowImage): readonly Cell[] {
  return keyIndexes.map((index) => image.cells[index] ?? null);
}
