/**
 * A source and two shards in memory, and a witness that looks at them.
 *
 * orders     shard by the column s modulo 2
 * parcels    shard of the seller of its product order, a look-up by `po`; `label` is filled by another one
 * offers     on the shards of both `s` and `t`
 * accounts   its key at the target is `mail`, at the source `id`
 * codes      its key at the target is `code`, and nothing there tells its `id` at the source
 */

import { planTableKey } from '../../actors/catalog/plan-table-key.ts';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { type CountingRowWitness, createRowWitness } from '../../actors/row/create-row-witness.ts';
import type { RowVerdict } from '../../actors/row/row-witness.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { encodeRowKey } from '../../protocol/change/row-key.ts';
import { settingsSchema } from '../../protocol/settings/settings-schema.ts';
import type { KeyCell, RowName } from '../../protocol/verify/row-name.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryRowReader } from './memory-row-reader.ts';
import { ScriptedLookup } from './routing-rig.ts';
import { aColumn, aTable } from './sink-builders.ts';

type Cells = Readonly<Record<string, Cell>>;

const MARKERS = ['ergate_yn', 'rpc_time', 'ergate_seq'].map((name) => aColumn(name));
const text = (name: string) =>
  aColumn(name, { kind: 'text', columnType: 'varchar(20)', maxLength: 20, collation: 'utf8mb4_bin' });
const caseless = (name: string) => ({ ...text(name), collation: 'utf8mb4_general_ci' });

const SOURCE = [
  aTable({ name: 'orders', columns: ['id', 's', 'a', 'secret'] }),
  aTable({ name: 'parcels', columns: ['id', 'po', text('label')] }),
  aTable({ name: 'offers', columns: ['id', 's', 't', 'a'] }),
  aTable({ name: 'accounts', columns: ['id', caseless('mail'), 'a'] }),
  aTable({ name: 'codes', columns: ['id', text('code'), 'a'] }),
];

const TARGET = [
  aTable({ name: 'orders', columns: ['id', 's', 'a', 'secret', 'own', ...MARKERS] }),
  aTable({ name: 'parcels', columns: ['id', 'po', text('label'), ...MARKERS] }),
  aTable({ name: 'offers', columns: ['id', 's', 't', 'a', ...MARKERS] }),
  aTable({ name: 'accounts', columns: ['id', caseless('mail'), 'a', ...MARKERS], primaryKey: ['mail'] }),
  aTable({ name: 'codes', columns: [text('code'), 'a', ...MARKERS], primaryKey: ['code'] }),
];

export const WITNESS_SETTINGS = settingsSchema.shape.pipelines.unwrap().valueType.parse({
  source: { database: 'order', topic: 'cdc.order' },
  target: { database: 'seller', shardBy: 'modulo' },
  tables: {
    orders: { shardKey: 's', ignoreColumns: ['secret'] },
    parcels: {
      findCkey: { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 'po' },
      columnReplace: { label: { resolver: 'NAME_OF_SELLER', by: 'po', whenMissing: 'null' } },
    },
    offers: { shardKeys: ['s', 't'] },
    accounts: { shardKey: 'a' },
    codes: { shardKey: 'a' },
  },
});

export class WitnessRig {
  readonly source = new MemoryRowReader(...SOURCE);
  readonly shards = [new MemoryRowReader(...TARGET), new MemoryRowReader(...TARGET)] as const;
  readonly sellers = new ScriptedLookup();
  readonly labels = new ScriptedLookup('NAME_OF_SELLER');
  readonly clock = new ManualClock();
  readonly witness: CountingRowWitness;

  /** @param options skipsParcels: a parcel whose seller is not found belongs to no shard · ownIds: accounts have ids of their own at the target */
  constructor({
    skipsParcels = false,
    ownIds = false,
  }: { readonly skipsParcels?: boolean; readonly ownIds?: boolean } = {}) {
    const { parcels, accounts } = WITNESS_SETTINGS.tables;
    const findCkey = { resolver: 'SELLER_OF_PRODUCT_ORDER', by: 'po', whenMissing: 'skip' } as const;
    const tables = {
      ...WITNESS_SETTINGS.tables,
      parcels: { ...parcels, ...(skipsParcels ? { findCkey } : {}) },
      accounts: { ...accounts, ignoreColumns: ownIds ? ['id'] : [] },
    };
    this.witness = createRowWitness({
      settings: { ...WITNESS_SETTINGS, tables: tables as typeof WITNESS_SETTINGS.tables },
      source: this.source,
      targets: this.shards.map((reader, index) => ({ name: `seller${index}`, reader })),
      openLookup: (resolver) => (resolver === 'NAME_OF_SELLER' ? this.labels : this.sellers),
      clock: this.clock,
    });
  }

  /** Puts a row at the source, and at the given shards as the write path would, with markers. */
  put(table: string, row: Cells, ...shards: readonly number[]): void {
    this.source.put(table, row);
    for (const shard of shards) {
      this.putAt(shard, table, row);
    }
  }

  putAt(shard: number, table: string, row: Cells): void {
    this.#shard(shard).put(table, { ...row, ergate_yn: '1', rpc_time: '1', ergate_seq: '9' });
  }

  removeAt(shard: number, table: string, key: Cells): void {
    this.#shard(shard).remove(table, key);
  }

  look(...rows: readonly RowName[]): Promise<readonly RowVerdict[]> {
    return this.witness.look(rows);
  }

  /** In short: equal · moving · missing · extra · different a,b · ERG_nnnn */
  async see(...rows: readonly RowName[]): Promise<readonly string[]> {
    return (await this.look(...rows)).map(describe);
  }

  #shard(index: number): MemoryRowReader {
    const shard = this.shards[index];
    if (shard === undefined) {
      throw new Error(`no shard ${index}`);
    }
    return shard;
  }
}

/** @param source cells that name it at the source; those of the key at the target when left out */
export function aRowName(table: string, shard: number, key: Cells, source: Cells = key): RowName {
  const shape = TARGET.find(({ name }) => name === table) as TableShape;
  return {
    table,
    shard: `seller${shard}`,
    rowKey: encodeRowKey(
      planTableKey(shape),
      shape.primaryKey.map((column) => key[column]),
    ),
    targetKey: keyCells(key),
    sourceKey: keyCells(source),
  };
}

function keyCells(cells: Cells): readonly KeyCell[] {
  return Object.entries(cells).map(([column, cell]) => [column, String(cell)]);
}

export function describe(verdict: RowVerdict): string {
  switch (verdict.kind) {
    case 'different':
      return verdict.mismatch === 'different' ? `different ${verdict.columns}` : verdict.mismatch;
    case 'unreadable':
      return verdict.error.code;
    default:
      return verdict.kind;
  }
}
