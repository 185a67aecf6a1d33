import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeFailures, type RowOutcome } from '../../actors/sink/judge-failures.ts';
import { propertySeed } from '../support/property-seed.ts';

const outcome: fc.Arbitrary<RowOutcome> = fc.record({
  table: fc.constantFrom('orders', 'payments'),
  key: fc.nat(15).map(String),
  code: fc.constantFrom(undefined, 'ERG_3201' as const, 'ERG_3208' as const),
});
const limits = fc.record({ minKeys: fc.integer({ min: 1, max: 10 }), minShare: fc.constantFrom(0.3, 0.5, 0.9, 1) });

test('what is judged the environment has enough rows that failed last, in one way, and few others; the rest has not', () => {
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 80 }), limits, (outcomes, { minKeys, minShare }) => {
      const judged = judgeFailures(outcomes, { minKeys, minShare });
      for (const table of ['orders', 'payments']) {
        const last = new Map<string, string | undefined>();
        for (const row of outcomes.filter((row) => row.table === table)) {
          last.set(row.key, row.code);
        }
        for (const code of ['ERG_3201', 'ERG_3208'] as const) {
          const keys = [...last.values()].filter((seen) => seen === code).length;
          const isMany = keys >= minKeys && keys / last.size >= minShare;
          expect(judged.filter((found) => found.table === table && found.code === code)).toEqual(
            isMany ? [{ table, code, keys }] : [],
          );
        }
      }
    }),
    propertySeed(),
  );
});

test('one more row that is written never turns a fault of rows into one of the environment', () => {
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 80 }), limits, fc.nat(30), (outcomes, bounds, key) => {
      const before = judgeFailures(outcomes, bounds);
      const written: RowOutcome = { table: 'orders', key: `${key}`, code: undefined };
      const after = judgeFailures([...outcomes, written], bounds);
      // A row that is written instead of failing makes room only for the other way to fail, whose count stays as it was.
      for (const found of after) {
        expect(before.map(({ table, code }) => `${table} ${code}`)).toContain(`${found.table} ${found.code}`);
      }
    }),
    propertySeed(),
  );
});
