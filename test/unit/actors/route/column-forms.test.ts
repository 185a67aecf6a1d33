import { describe, expect, test } from 'vitest';
import type { ColumnShape } from '../../../../actors/catalog/table-shape.ts';
import { buildCatalogs } from '../../../../actors/route/build-routes.ts';
import { buildTargetColumns, checkToldForms } from '../../../../actors/route/column-forms.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { type PipelineSettings, settingsSchema } from '../../../../protocol/settings/settings-schema.ts';
import { MemoryShard } from '../../../support/memory-shard.ts';
import { aColumn, aTable, MARKER_COLUMNS } from '../../../support/target-table.ts';

const COLUMNS = [
  aColumn('id', 'integer', 'bigint(20) unsigned'),
  aColumn('amount', 'decimal', 'decimal(18,2)'),
  aColumn('flag', 'bit', 'bit(1)', { maxLength: 1 }),
  aColumn('bits', 'bit', 'bit(10)', { maxLength: 10 }),
  aColumn('bytes', 'binary', 'varbinary(20)'),
  aColumn('day', 'date', 'date'),
  aColumn('clock', 'time', 'time(6)', { fraction: 6 }),
  aColumn('made', 'datetime', 'datetime', { fraction: 0 }),
  aColumn('changed', 'datetime', 'datetime(6)', { fraction: 6 }),
  aColumn('seen', 'timestamp', 'timestamp', { fraction: 0 }),
  aColumn('memo', 'text', 'text'),
  aColumn('tags', 'set', "set('x','y')"),
  aColumn('doc', 'json', 'longtext'),
  aColumn('small', 'integer', 'int(11)'),
  aColumn('computed', 'binary', 'blob', { generated: true }),
  ...MARKER_COLUMNS,
];

function aPipeline(source: object, table: object = {}): PipelineSettings {
  return settingsSchema.shape.pipelines.unwrap().valueType.parse({
    source: { database: 'order', topic: 't', ...source },
    target: { database: 'target' },
    tables: { source_orders: { target: 'orders', ...table } },
  });
}

async function refusalOf(settings: PipelineSettings, columns: readonly ColumnShape[] = COLUMNS): Promise<string> {
  const shard = new MemoryShard('s', aTable({ columns }), { turns: () => 0, outcome: () => 'written' });
  const catalogs = buildCatalogs({ settings, shards: [shard] });
  await catalogs[0]?.refresh();
  try {
    checkToldForms(settings, catalogs);
    return '';
  } catch (error) {
    return error instanceof ReplicationError ? error.message : String(error);
  }
}

const WITHOUT_SCHEMA = { format: 'debezium', debezium: { withoutSchema: 'accept' } };

describe('the forms of columns have to be told', () => {
  test('of records without schema part, for all that is not what it looks like, with what to choose from', async () => {
    expect(await refusalOf(aPipeline(WITHOUT_SCHEMA))).toBe(
      'ERG_1018: expected source.columns to tell how these are written: ' +
        'source_orders.id (unsigned, decimal-0), source_orders.amount (decimal-2, plain), source_orders.bits (bits), ' +
        'source_orders.bytes (plain, hex, base64url), source_orders.day (date, iso-date), ' +
        'source_orders.clock (time-us, iso-time), source_orders.made (datetime-ms, datetime-us, zoned), ' +
        'source_orders.changed (datetime-us, zoned), source_orders.seen (zoned)',
    );
  });

  test('of BIT, SET and JSON in the format maxwell', async () => {
    expect(await refusalOf(aPipeline({ format: 'maxwell' }))).toBe(
      'ERG_1018: expected source.columns to tell how these are written: ' +
        'source_orders.flag (bit-number), source_orders.bits (bit-number), ' +
        'source_orders.tags (set), source_orders.doc (json)',
    );
  });

  test('of a hundred columns in a sentence of thirty', async () => {
    const columns = Array.from({ length: 100 }, (_, index) => aColumn(`c${index}`, 'bit', 'bit(8)', { maxLength: 8 }));
    expect(await refusalOf(aPipeline({ format: 'maxwell' }), columns)).toMatch(/c29 \(bit-number\) and 70 more$/);
  });
});

describe('no form has to be told', () => {
  test.each([
    ['of the format ergate', {}],
    ['of records with a schema part', { format: 'debezium' }],
  ])('%s', async (_, source) => {
    expect(await refusalOf(aPipeline(source))).toBe('');
  });

  test('of columns that are told, or ignored', async () => {
    const told = { format: 'maxwell', columns: { source_orders: { tags: 'set', doc: 'json', flag: 'bit-number' } } };
    expect(await refusalOf(aPipeline(told, { ignoreColumns: ['bits'] }))).toBe('');
  });
});

test('columns of bytes and of many bits are known by the name of their table at the source', async () => {
  const settings = aPipeline({ format: 'debezium' });
  const shard = new MemoryShard('s', aTable({ columns: COLUMNS }), { turns: () => 0, outcome: () => 'written' });
  const catalogs = buildCatalogs({ settings, shards: [shard] });
  await catalogs[0]?.refresh();
  const { isBinary, isWideBit } = buildTargetColumns(settings, catalogs);
  expect(['bytes', 'memo', 'missing'].map((column) => isBinary('source_orders', column))).toEqual([true, false, false]);
  expect(isBinary('orders', 'bytes')).toBe(false);
  expect(['bits', 'flag', 'id'].map((column) => isWideBit('source_orders', column))).toEqual([true, false, false]);
});
