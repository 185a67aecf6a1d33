import { describe, expect, test } from 'vitest';
import type { TableShape } from '../../../../actors/catalog/table-shape.ts';
import { decodeSnapshot, encodeSnapshot, takeSnapshot } from '../../../../actors/catalog/table-snapshot.ts';
import type { TableTraits } from '../../../../actors/catalog/table-traits.ts';
import { decodeReply, encodeReply } from '../../../../protocol/message/message-codec.ts';
import { aColumn, aTable } from '../../../support/sink-builders.ts';

const ORDERS = aTable({ columns: ['id', aColumn('name', { kind: 'text', maxLength: 20, collation: 'utf8mb4_bin' })] });
const VIEW: TableTraits = {
  isBase: false,
  engine: undefined,
  isTransactional: false,
  invisibleColumns: [],
  triggers: [{ name: 't', when: 'AFTER DELETE' }],
  foreignKeys: [{ name: 'of_p', child: 'orders', parent: 'p', onDelete: 'RESTRICT', onUpdate: 'CASCADE' }],
};
const byName = (...tables: readonly TableShape[]) => new Map(tables.map((table) => [table.name, table]));

function send(body: object): unknown {
  return decodeReply(encodeReply({ code: 'OK', message: '', maxEpoch: 0, body })).body;
}

describe('a snapshot of tables', () => {
  test('is the same after it went through a message, to the last undefined', () => {
    const sent = takeSnapshot(byName({ ...ORDERS, traits: VIEW }, aTable({ name: 'delivery' })));
    expect(decodeSnapshot(send(encodeSnapshot(sent)))).toStrictEqual(sent);
  });

  test('has a version by what is in it, not by who read it in which order', () => {
    const other = aTable({ name: 'delivery' });
    const { version } = takeSnapshot(byName(ORDERS, other));
    expect(takeSnapshot(byName(other, ORDERS)).version).toBe(version);
    expect(takeSnapshot(byName(ORDERS)).version).not.toBe(version);
    const unique = { ...ORDERS, uniqueIndexes: [{ name: 'u', columns: ['name'] }] };
    expect(takeSnapshot(byName(unique, other)).version).not.toBe(version);
  });

  const good = encodeSnapshot(takeSnapshot(byName(ORDERS))) as { readonly tables: readonly object[] };
  test.each([
    ['nothing', undefined],
    ['another format', { ...good, format: 1 }],
    ['no version', { ...good, version: undefined }],
    ['no tables', { ...good, tables: {} }],
    ['a table without a key', { ...good, tables: [{ ...good.tables[0], primaryKey: undefined }] }],
    ['a column that is none', { ...good, tables: [{ ...good.tables[0], columns: [{ name: 'id' }] }] }],
    ['an index that is none', { ...good, tables: [{ ...good.tables[0], uniqueIndexes: ['u'] }] }],
  ])('is not made of %s', (_, body) => {
    expect(decodeSnapshot(body)).toBeUndefined();
  });
});
