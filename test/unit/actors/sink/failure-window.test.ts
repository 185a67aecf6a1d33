import { expect, test } from 'vitest';
import { FailureWindow } from '../../../../actors/sink/failure-window.ts';
import type { ErrorCode } from '../../../../protocol/errors/error-codes.ts';
import { aTable } from '../../../support/sink-builders.ts';

const ORDERS = aTable({ name: 'orders' });
const PAYMENTS = aTable({ name: 'payments' });

const rows = (count: number, table = ORDERS, first = 0) =>
  Array.from({ length: count }, (_, index) => ({ table, key: `${first + index}` }));

function refuse(window: FailureWindow, entries: ReturnType<typeof rows>, code: ErrorCode = 'ERG_3208'): boolean[] {
  return entries.map((entry) => window.sawRefused(entry, code));
}

test('many rows that fail in the same way are the fault of none of them; the first few are not known to be many', () => {
  expect(refuse(new FailureWindow(), rows(20))).toEqual([...rows(19).map(() => false), true]);
});

test('one row that fails again and again is one row', () => {
  const window = new FailureWindow();
  const again = Array.from({ length: 100 }, () => rows(1)).flat();
  expect(refuse(window, again)).not.toContain(true);
});

test('rows are at fault when others of their table are written meanwhile', () => {
  const window = new FailureWindow();
  refuse(window, rows(10));
  window.sawWritten(rows(6, ORDERS, 100));
  expect(refuse(window, rows(40, ORDERS, 10))).not.toContain(true);
});

test('another table that is written says nothing', () => {
  const window = new FailureWindow();
  refuse(window, rows(19));
  window.sawWritten(rows(100, PAYMENTS, 100));
  expect(refuse(window, rows(1, ORDERS, 19))).toEqual([true]);
});

test('rows that each fail in a way of their own are bad rows', () => {
  const window = new FailureWindow();
  refuse(window, rows(15), 'ERG_3201');
  expect(refuse(window, rows(15, ORDERS, 15), 'ERG_3204')).not.toContain(true);
});

test('rows that were written after all count as written', () => {
  const window = new FailureWindow();
  refuse(window, rows(19));
  window.sawWritten(rows(19));
  expect(refuse(window, rows(19, ORDERS, 100))).not.toContain(true);
});

test('failures are forgotten when a hundred other rows were written', () => {
  const window = new FailureWindow();
  refuse(window, rows(19));
  window.sawWritten(rows(100, ORDERS, 100));
  expect(refuse(window, rows(19, ORDERS, 300))).not.toContain(true);
});

test('rows that were written while others waited for another one tell that these are at fault', () => {
  const window = new FailureWindow();
  for (const entry of rows(20)) {
    window.sawWaiting(entry);
  }
  window.sawWritten(rows(300, ORDERS, 100));
  expect(refuse(window, rows(20))).not.toContain(true);
});

test('rows that waited and were written are forgotten', () => {
  const window = new FailureWindow();
  for (const entry of rows(20)) {
    window.sawWaiting(entry);
  }
  window.sawWritten(rows(300));
  expect(refuse(window, rows(20)).at(-1)).toBe(true);
});

test('rows that are bad after all get through, some at each try', () => {
  const window = new FailureWindow();
  const refused = Array.from({ length: 5 }, () => refuse(window, rows(20)).filter((isEnvironment) => !isEnvironment));
  expect(refused.map(({ length }) => length)).toEqual([19, 19, 19, 19, 19]);
});
