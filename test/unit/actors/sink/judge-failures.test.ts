import { expect, test } from 'vitest';
import { judgeFailures, type RowOutcome } from '../../../../actors/sink/judge-failures.ts';
import type { ErrorCode } from '../../../../protocol/errors/error-codes.ts';

function outcomes(count: number, code: ErrorCode | undefined, table = 'orders', first = 0): RowOutcome[] {
  return Array.from({ length: count }, (_, index) => ({ table, key: `${first + index}`, code }));
}

test('many rows that fail in the same way are the fault of none of them', () => {
  expect(judgeFailures(outcomes(20, 'ERG_3208'))).toEqual([{ table: 'orders', code: 'ERG_3208', keys: 20 }]);
});

test('a few are, also when nothing else of the table came by', () => {
  expect(judgeFailures(outcomes(19, 'ERG_3208'))).toEqual([]);
});

test('one row that fails again and again is one row', () => {
  expect(judgeFailures(Array.from({ length: 100 }, () => outcomes(1, 'ERG_3205')).flat())).toEqual([]);
});

test('many are, when others of their table are written meanwhile', () => {
  expect(judgeFailures([...outcomes(50, 'ERG_3201'), ...outcomes(6, undefined, 'orders', 50)])).toEqual([]);
});

test('another table that is written says nothing', () => {
  expect(judgeFailures([...outcomes(20, 'ERG_3206'), ...outcomes(500, undefined, 'payments')])).toHaveLength(1);
});

test('rows that each fail in a way of their own are bad rows', () => {
  expect(judgeFailures([...outcomes(15, 'ERG_3201'), ...outcomes(15, 'ERG_3204', 'orders', 15)])).toEqual([]);
});

test('rows that were written after all count as written', () => {
  expect(judgeFailures([...outcomes(30, 'ERG_3208'), ...outcomes(20, undefined)])).toEqual([]);
});
