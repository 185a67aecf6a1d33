import { describe, expect, test } from 'vitest';
import type { Canary } from '../../../../actors/state/canary-store.ts';
import type { Case } from '../../../../actors/state/case.ts';
import { isOfCanary, isStillDamaged } from '../../../../actors/sweeper/judge-report.ts';
import type { Cell } from '../../../../protocol/change/cell.ts';
import { buildLayout } from '../../../../protocol/change/row-image.ts';
import { aCase } from '../../../support/build-case.ts';

const PLANTED: Canary = {
  state: 'planted',
  by: 'verifier',
  row: aCase().row,
  partition: 0,
  columns: ['id', 'name'],
  version: '1',
  change: 'case name',
  plannedMs: 1_000,
  plantedMs: 2_000,
};
const MARKER = { writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' };

describe('a case is of a canary', () => {
  const isIt = (known: Partial<Case>, planted: Partial<Canary> = {}, hasReported = false) =>
    isOfCanary(aCase({ firstSeenMs: 3_000, ...known }), { ...PLANTED, ...planted }, { withinMs: 5_000, hasReported });

  test('when it was first seen between the plan and the end of the time', () => {
    expect([999, 1_000, 7_000, 7_001].map((firstSeenMs) => isIt({ firstSeenMs }))).toEqual([false, true, true, false]);
    expect(isIt({ firstSeenMs: 6_001 }, { plantedMs: null })).toBe(false);
  });

  test('when who has to find it was the first, or says that it was told as well', () => {
    expect([isIt({ foundBy: 'sweeper' }), isIt({ foundBy: 'sweeper' }, {}, true)]).toEqual([false, true]);
    expect(isIt({ foundBy: 'sweeper' }, { by: 'sweeper' })).toBe(true);
  });

  test.each([
    ['case name', { columns: ['age', 'name'] }, true],
    ['case name', { columns: ['age'] }, false],
    ['case name', { kind: 'missing' }, false],
    ['delete', { kind: 'missing', columns: [] }, true],
    ['delete', { kind: 'different' }, false],
    ['unknown', { kind: 'missing', columns: [] }, true],
  ] as const)('when it is of what was done: %s, %o', (change, known, is) => {
    expect(isIt(known, { change })).toBe(is);
  });
});

describe('a row is still damaged', () => {
  const has = (change: string, writer: Cell | undefined | 'gone') => {
    const layout = buildLayout(writer === undefined ? ['id'] : ['id', 'ergate_yn']);
    const image = writer === 'gone' ? undefined : { layout, cells: writer === undefined ? ['1'] : ['1', writer] };
    return isStillDamaged({ ...PLANTED, change }, image, MARKER);
  };

  test('while the canary was the last to write it, as far as the target tells', () => {
    expect([has('case name', '3'), has('case name', undefined)]).toEqual([true, true]);
    expect([has('case name', '1'), has('delete', '1'), has('case name', null)]).toEqual([false, false, false]);
  });

  test('when it is gone, if that is what was done', () => {
    expect([has('delete', 'gone'), has('unknown', 'gone'), has('case name', 'gone')]).toEqual([true, true, false]);
  });
});
