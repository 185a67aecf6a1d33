import { expect, test } from 'vitest';
import { countCases } from '../../../../actors/recovery/count-cases.ts';
import type { Case } from '../../../../actors/state/case.ts';
import { aCase, NOW_MS } from '../../../support/build-case.ts';
import { MemoryCaseStore } from '../../../support/memory-case-store.ts';

const PLACE = { pipeline: 'orders', partition: 0, epoch: 1 };
const count = async (known: Case | undefined, waiting: number, isOut = true) => {
  const cases = new MemoryCaseStore(() => NOW_MS);
  cases.count = async () => ({ states: { waiting }, oldestMs: 7 });
  cases.findNewest = async () => (known === undefined ? [] : [known]);
  return await countCases(
    { cases, pipeline: 'orders', findCanary: async () => (isOut ? aCase().row : undefined) },
    PLACE,
  );
};

test('the case of the row that is damaged on purpose just now is no open case', async () => {
  expect(await count(aCase(), 3)).toEqual({ states: { waiting: 2 }, oldestMs: 7 });
  expect(await count(aCase(), 1)).toEqual({ states: { waiting: 0 }, oldestMs: undefined });
});

test.each([
  ['nothing is out', aCase(), false],
  ['it is not reported yet', undefined, true],
  ['its case is closed', aCase({ state: 'closed' }), true],
  ['its case is of another partition', aCase({ partition: 1 }), true],
  ['its case has just changed its state', aCase({ state: 'checking' }), true],
] as const)('all of them count when %s', async (_, known, isOut) => {
  expect(await count(known, 3, isOut)).toEqual({ states: { waiting: 3 }, oldestMs: 7 });
});
