/** What becomes of a row that differs, look by look. */
import { describe, expect, test } from 'vitest';
import type { RowDifference, RowVerdict } from '../../../../actors/row/row-witness.ts';
import { judge, judgeFirst } from '../../../../actors/sweeper/suspect.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';

const different = (more: Partial<RowDifference> = {}): RowDifference => ({
  kind: 'different',
  mismatch: 'different',
  columns: ['a'],
  sourceDigest: 's1',
  targetDigest: 't1',
  expected: null,
  actual: null,
  ...more,
});
const unreadable = (code: 'ERG_3001' | 'ERG_4081'): RowVerdict => ({
  kind: 'unreadable',
  error: new ReplicationError(code, 'no'),
});

describe('at first sight', () => {
  test('no row is wrong, however it differs', () => {
    expect(judgeFirst(different())).toEqual({ kind: 'again', seen: different(), moves: 1 });
  });

  test('a row that is right, or gone on both sides, is none to look at again', () => {
    expect(judgeFirst({ kind: 'equal', digest: null })).toEqual({ kind: 'equal' });
  });

  test('a row that cannot be read now is looked at again', () => {
    expect(judgeFirst(unreadable('ERG_3001'))).toEqual({ kind: 'again', seen: undefined, moves: 0 });
  });
});

describe('after the mark was passed', () => {
  const suspect = { seen: different(), moves: 1 };

  test('a row that differs as it did is wrong', () => {
    expect(judge(suspect, different())).toEqual({ kind: 'mismatch', difference: different() });
  });

  test.each([
    ['the source row', { sourceDigest: 's2' }],
    ['the row at the target', { targetDigest: 't2' }],
    ['what is missing', { mismatch: 'missing' as const }],
  ])('a row is not wrong yet when %s is another one', (_, more) => {
    expect(judge(suspect, different(more))).toEqual({ kind: 'again', seen: different(more), moves: 2 });
  });

  test('a row that was only seen moving before is not wrong yet', () => {
    expect(judge({ seen: undefined, moves: 1 }, different())).toMatchObject({ kind: 'again', seen: different() });
  });

  test('a row that cannot be read now is neither right nor wrong', () => {
    expect(judge(suspect, unreadable('ERG_3001'))).toMatchObject({ kind: 'later', reason: { code: 'ERG_3001' } });
  });

  test('a row that can never be read is let go of, and counted', () => {
    expect(judge(suspect, unreadable('ERG_4081'))).toMatchObject({ kind: 'unjudged', reason: { code: 'ERG_4081' } });
  });

  test('a row that is another one at every look is let go of in the end', () => {
    expect(judge({ seen: undefined, moves: 29 }, { kind: 'moving' })).toMatchObject({ kind: 'again', moves: 30 });
    expect(judge({ seen: undefined, moves: 30 }, { kind: 'moving' })).toMatchObject({ kind: 'unjudged' });
  });
});
