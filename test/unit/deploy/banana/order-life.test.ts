import { describe, expect, test } from 'vitest';
import { OrderLife } from '../../../../deploy/banana/order-life.ts';
import type { OrderTransaction } from '../../../../deploy/banana/order-transaction.ts';

const STAMP = "'2026-01-02 03:04:05.678901'";

function aLife(options: { seed?: number; writer?: number; maxOrders?: number; keepFinished?: number } = {}): OrderLife {
  const { seed = 1, writer = 0, maxOrders = 1_000, keepFinished = 20 } = options;
  return new OrderLife({ seed, writer, writers: 2, firstOrderNo: 1_000_000, keepFinished, maxOrders });
}

function runTransactions(life: OrderLife, count: number): OrderTransaction[] {
  return Array.from({ length: count }, () => {
    const transaction = life.next(STAMP);
    transaction.settle();
    return transaction;
  });
}

const sqlOf = (transactions: OrderTransaction[]) => transactions.map(({ sql }) => sql);

describe('order life', () => {
  test('equal seeds write equal transactions', () => {
    expect(sqlOf(runTransactions(aLife(), 2_000))).toEqual(sqlOf(runTransactions(aLife(), 2_000)));
  });

  test('another seed and another writer write other transactions', () => {
    const first = sqlOf(runTransactions(aLife(), 50));
    expect(sqlOf(runTransactions(aLife({ seed: 2 }), 50))).not.toEqual(first);
    expect(sqlOf(runTransactions(aLife({ writer: 1 }), 50))).not.toEqual(first);
  });

  test('writers never share an order or a buyer', () => {
    const keysOf = (writer: number) =>
      sqlOf(runTransactions(aLife({ writer }), 2_000)).flatMap(
        (sql) => /INSERT INTO orders VALUES \((\d+),(\d+)/.exec(sql)?.slice(1) ?? [],
      );
    const first = new Set(keysOf(0));
    expect(first.size).toBeGreaterThan(100);
    expect(keysOf(1).filter((key) => first.has(key))).toEqual([]);
  });

  test.each([
    [
      'an insert of an order',
      /^START TRANSACTION;INSERT INTO orders .*INSERT INTO product_order .*INSERT INTO payment/s,
    ],
    ['a primary-key change', /^UPDATE delivery SET dispatch_no=2,/],
    ['a delete and insert of one key in one transaction', /DELETE FROM payment .*INSERT INTO payment/s],
    ['a row changed twice in one transaction', /UPDATE orders .*UPDATE orders/s],
    [
      'an insert under a key that was deleted before',
      /^START TRANSACTION;UPDATE orders SET status='placed'.*INSERT INTO payment/s,
    ],
    [
      'a purge of product orders together with their deliveries',
      /DELETE FROM delivery .*DELETE FROM product_order .*DELETE FROM orders/s,
    ],
    ['NULL, quotes, backslashes and four-byte text', /👟.*|O\\'Brien/s],
  ])('brings %s', (_, pattern) => {
    expect(sqlOf(runTransactions(aLife(), 3_000)).some((sql) => pattern.test(sql))).toBe(true);
  });

  test('orders are purged when there are too many', () => {
    const transactions = runTransactions(aLife({ maxOrders: 30, keepFinished: 1_000 }), 3_000);
    const balance = transactions.reduce((sum, { sql }) => {
      const placed = sql.includes('INSERT INTO orders') ? 1 : 0;
      return sum + placed - (sql.includes('DELETE FROM orders') ? 1 : 0);
    }, 0);
    expect(balance).toBeLessThanOrEqual(30);
    expect(balance).toBeGreaterThan(0);
  });

  test('a transaction that is not settled changes nothing for the next ones', () => {
    const life = aLife();
    const [placed] = runTransactions(life, 1);
    expect(placed?.sql).toContain('INSERT INTO orders');
    const unsettled = Array.from({ length: 200 }, () => life.next(STAMP));
    const edits = unsettled.filter(({ sql }) => sql.startsWith('UPDATE orders SET'));
    expect(edits.length).toBeGreaterThan(0);
    expect(new Set(edits.map(({ witness }) => witness.committedVer))).toEqual(new Set([2]));
  });
});
