import { describe, expect, test } from 'vitest';
import type { RowDifference } from '../../../../actors/row/row-witness.ts';
import { judgeSecondLook, type ProofMeans } from '../../../../actors/verifier/judge-second-look.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';

const seen = { sourceDigest: 's', targetDigest: 't' };
const means = (more: Partial<ProofMeans> = {}): ProofMeans => ({
  seen,
  version: '40',
  provedSeq: '50',
  endSeq: '60',
  rounds: 0,
  ...more,
});
const different = (more: Partial<RowDifference> = {}): RowDifference => ({
  kind: 'different',
  mismatch: 'different',
  columns: ['a'],
  ...seen,
  expected: null,
  actual: null,
  ...more,
});

describe('after all that was on its way has arrived', () => {
  test('a row that differs as before is a mismatch', () => {
    expect(judgeSecondLook(different(), means())).toBe('mismatch');
    expect(judgeSecondLook(different(), means({ version: null }))).toBe('mismatch');
  });

  test('a row that is equal is', () => {
    expect(judgeSecondLook({ kind: 'equal', digest: 's' }, means())).toBe('equal');
  });

  test('a row that changes, or has changed at the source, is verified by its newer change', () => {
    expect(judgeSecondLook({ kind: 'moving' }, means())).toBe('superseded');
    expect(judgeSecondLook(different({ sourceDigest: 'other' }), means())).toBe('superseded');
  });

  test('a row that was written since is proved anew, and left to the change that wrote it when that does not end', () => {
    expect(judgeSecondLook(different(), means({ version: '50' }))).toBe('again');
    expect(judgeSecondLook(different(), means({ version: '59', rounds: 2 }))).toBe('again');
    expect(judgeSecondLook(different(), means({ version: '59', rounds: 3 }))).toBe('superseded');
    expect(judgeSecondLook(different({ sourceDigest: 'other' }), means({ version: '59' }))).toBe('superseded');
  });

  test('a version from nowhere excuses nothing', () => {
    expect(judgeSecondLook(different(), means({ version: '60' }))).toBe('mismatch');
  });

  test('a row that differs in another way is proved anew, but not for ever', () => {
    const other = different({ targetDigest: 'other' });
    expect(judgeSecondLook(other, means())).toBe('again');
    expect(judgeSecondLook(other, means({ rounds: 2 }))).toBe('again');
    expect(judgeSecondLook(other, means({ rounds: 3 }))).toBe('mismatch');
  });

  test('a row that cannot be read is no mismatch', () => {
    const error = new ReplicationError('ERG_2101', 'away');
    expect(judgeSecondLook({ kind: 'unreadable', error }, means())).toBe('unreadable');
  });
});
