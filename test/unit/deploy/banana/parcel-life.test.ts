import { describe, expect, test } from 'vitest';
import type { OrderTransaction } from '../../../../deploy/banana/order-transaction.ts';
import { ParcelLife } from '../../../../deploy/banana/parcel-life.ts';

const STAMP = "'2026-01-02 03:04:05.678901'";

function aLife({ seed = 1, writer = 0, keep = 20 } = {}): ParcelLife {
  return new ParcelLife({ seed, writer, writers: 2, firstNo: 1_000_000, keep });
}

function runTransactions(life: ParcelLife, count: number): OrderTransaction[] {
  return Array.from({ length: count }, () => {
    const transaction = life.next(STAMP);
    transaction.settle();
    return transaction;
  });
}

const sqlOf = (transactions: OrderTransaction[]) => transactions.map(({ sql }) => sql);

describe('parcel life', () => {
  test('equal seeds write equal transactions, others do not', () => {
    const first = sqlOf(runTransactions(aLife(), 2_000));
    expect(sqlOf(runTransactions(aLife(), 2_000))).toEqual(first);
    expect(sqlOf(runTransactions(aLife({ seed: 2 }), 2_000))).not.toEqual(first);
  });

  test('writers never share a parcel or a product order', () => {
    const keysOf = (writer: number) =>
      sqlOf(runTransactions(aLife({ writer }), 2_000)).flatMap((sql) => [
        ...[...sql.matchAll(/INSERT INTO (?:parcel|product_order) VALUES \((\d+)/g)].map(([, key]) => key),
      ]);
    const first = new Set(keysOf(0));
    expect(first.size).toBeGreaterThan(100);
    expect(keysOf(1).filter((key) => first.has(key))).toEqual([]);
  });

  test.each([
    ['a parcel with its first scan', /INSERT INTO product_order .*INSERT INTO parcel .*INSERT INTO parcel_scan /s],
    [
      'a parcel that goes to another product order with all its scans',
      /INSERT INTO product_order .*UPDATE parcel SET product_order_no=.*UPDATE parcel_scan SET product_order_no=/s,
    ],
    ['a delete and insert of one key in one transaction', /DELETE FROM parcel_scan .*INSERT INTO parcel_scan /s],
    ['a purge', /DELETE FROM parcel_scan .*DELETE FROM parcel /s],
  ])('brings %s', (_, pattern) => {
    expect(sqlOf(runTransactions(aLife(), 1_000)).some((sql) => pattern.test(sql))).toBe(true);
  });

  test('never changes or deletes what look-ups ask for', () => {
    const all = sqlOf(runTransactions(aLife(), 3_000)).join(';');
    expect(all).toContain('INSERT INTO product_order');
    expect(all).not.toMatch(/(UPDATE|DELETE FROM) product_order /);
  });

  test('keeps no more than twice the parcels that it should', () => {
    let parcels = 0;
    let most = 0;
    for (const sql of sqlOf(runTransactions(aLife({ keep: 10 }), 5_000))) {
      parcels += (sql.includes('INSERT INTO parcel ') ? 1 : 0) - (sql.includes('DELETE FROM parcel ') ? 1 : 0);
      most = Math.max(most, parcels);
    }
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(21);
  });
});
