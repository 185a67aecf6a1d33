import { describe, expect, test } from 'vitest';
import { judgeFirstLook } from '../../../../actors/verifier/judge-first-look.ts';
import { anImage } from '../../../support/sink-builders.ts';

const image = anImage({ id: '1', a: '1' });
const COMMITTED_MS = Date.UTC(2026, 0, 1);
const upsert = { image, seq: '20', commitTime: '2026-01-01 00:00:00.000' };
const removal = { ...upsert, image: null };
const at = (version: string | null, commitTimeMs = Number.NaN) => ({ version, commitTimeMs });
const means = (isEqual = true) => ({ endSeq: '100', nowMs: COMMITTED_MS + 10_000, isAsWritten: () => isEqual });

describe('an upsert', () => {
  test.each([
    ['as it was written', at('20'), true, 'equal'],
    ['with its version and something else in it', at('20'), false, 'different'],
    ['without a version, as it was written', at(null), true, 'equal'],
    ['without a version, and otherwise', at(null), false, 'different'],
    ['with the next version', at('21'), false, 'superseded'],
    ['with the newest version', at('99'), false, 'superseded'],
    ['with an older version, even if it is equal', at('9'), true, 'different'],
    ['with the version that comes next', at('100'), true, 'different'],
    ['with a version from nowhere', at('1000'), true, 'different'],
  ] as const)('whose row is there %s', (_, found, isEqual, look) => {
    expect(judgeFirstLook(upsert, found, means(isEqual))).toBe(look);
  });

  test('whose row is not there has to be looked at again: a newer change may have deleted it', () => {
    expect(judgeFirstLook(upsert, undefined, means())).toBe('different');
  });
});

describe('a delete', () => {
  test.each([
    ['not there', undefined, 'equal'],
    ['there with a newer version', at('21'), 'superseded'],
    ['there with its own version', at('20'), 'different'],
    ['there with an older version', at('3'), 'different'],
    ['there without a version', at(null), 'different'],
    ['there with a version from nowhere', at('101'), 'different'],
  ] as const)('whose row is %s', (_, found, look) => {
    expect(judgeFirstLook(removal, found, means())).toBe(look);
  });
});

describe('a table that orders its changes by commit time alone', () => {
  test.each([
    ['later', 1, 'superseded'],
    ['the same', 0, 'different'],
    ['earlier', -1, 'different'],
    ['still to come', 10_001, 'different'],
  ] as const)('a row of another content whose commit time is %s', (_, later, look) => {
    expect(judgeFirstLook(upsert, at(null, COMMITTED_MS + later), means(false))).toBe(look);
  });

  test('a change without a commit time is compared', () => {
    const change = { ...upsert, commitTime: null };
    expect(judgeFirstLook(change, at(null, COMMITTED_MS + 1), means(true))).toBe('equal');
  });
});
