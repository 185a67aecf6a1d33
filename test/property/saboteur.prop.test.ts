import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import { propertySeed } from '../support/property-seed.ts';
import {
  type ColumnForm,
  DAMAGE_KINDS,
  type DamagedTable,
  damageRow,
  type TargetRow,
} from '../support/saboteur/damage.ts';
import { ORDER_SELLER, ORDER_SETTLEMENT } from '../support/saboteur/order-tables.ts';

const TABLES = [...ORDER_SELLER.tables, ...ORDER_SETTLEMENT.tables];

/** A row as the driver gives it. */
function rowOf({ key, columns }: DamagedTable): fc.Arbitrary<TargetRow> {
  const cells = [...key, ...columns].map(({ name, form, nullable }) => {
    const texts: Readonly<Record<ColumnForm, fc.Arbitrary<string | Buffer>>> = {
      text: fc.string({ unit: 'grapheme', maxLength: 12 }),
      bytes: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      integer: fc.nat().map(String),
      decimal: fc.constantFrom('0.00', '12.50'),
      double: fc.constantFrom('0', '1.5'),
      time: fc.constant('2026-01-02 03:04:05.000006'),
      json: fc.constant('{}'),
    };
    return [name, nullable === true ? fc.option(texts[form], { nil: null }) : texts[form]] as const;
  });
  return fc.record({ ...Object.fromEntries(cells), ergate_seq: fc.nat().map(String) });
}

const cases = fc
  .constantFrom(...TABLES)
  .chain((table) => fc.tuple(fc.constant(table), rowOf(table), fc.constantFrom(...DAMAGE_KINDS), fc.nat()));

test('damage depends on the seed alone, names the row that is wrong, and touches nothing but what it names', () => {
  fc.assert(
    fc.property(cases, ([table, row, kind, seed]) => {
      const damage = damageRow(kind, table, row, new SeededRandom(seed));
      expect(damageRow(kind, table, row, new SeededRandom(seed))).toEqual(damage);
      if (damage === undefined) {
        return;
      }
      const { sql, columns, leaves, key } = damage;
      const isOwn = kind !== 'rogue';
      expect(
        Object.entries(key).every(([name, text]) => (row[name] === text) === isOwn || name !== table.key.at(-1)?.name),
      ).toBe(true);
      expect(columns).toHaveLength(leaves === 'different' ? 1 : 0);
      if (leaves === 'extra') {
        expect(sql).toMatch(new RegExp(`^INSERT INTO ${table.table} `));
      } else {
        expect(sql).toMatch(/ AND ergate_seq = \d+$/);
      }
      if (kind === 'lowered-version' || kind === 'raised-version') {
        const set = BigInt(/, ergate_seq = (-?\d+) WHERE/.exec(sql)?.[1] ?? 'none');
        expect(set < BigInt(String(row['ergate_seq']))).toBe(kind === 'lowered-version');
      }
    }),
    propertySeed(),
  );
});

test('a damage that would change nothing is not done', () => {
  const [orders] = ORDER_SETTLEMENT.tables;
  const row: TargetRow = { order_no: '1', status: '42', memo: 'text', ergate_seq: '7' };
  const random = new SeededRandom(1);
  const table = { ...(orders as DamagedTable), columns: (orders as DamagedTable).columns.slice(0, 1) };
  expect(damageRow('case', table, row, random)).toBeUndefined();
  expect(damageRow('null-or-empty', table, row, random)).toBeUndefined();
  expect(damageRow('signed-zero', table, row, random)).toBeUndefined();
  expect(damageRow('microsecond', table, row, random)).toBeUndefined();
  expect(damageRow('trailing-space', table, row, random)).toMatchObject({ columns: ['status'] });
});
