import { describe, expect, test } from 'vitest';
import type { VerifierCounts, VerifierDetail } from '../../../../protocol/message/verification-status.ts';
import { findVerifyFault } from '../../../bench/verify/find-verify-fault.ts';

const CHANGES = 10;
const RIGHT: VerifierCounts = {
  records: 10,
  due: 10,
  equal: 7,
  superseded: 3,
  mismatches: 0,
  unchecked: 0,
  targetReads: 8,
  sourceReads: 1,
};
const RANGE = { shard: 's0', fromOffset: '1', toOffset: '2', reason: 'ERG_3001: away', sinceMs: 0 };

function aVerifier(counts: Partial<VerifierCounts>, unverified: VerifierDetail['unverified'] = []): VerifierDetail {
  const offsets = { verifiedOffset: '10', sinkOffset: '10', endOffset: '10' };
  const own = { kind: 'verifier', topic: 't', group: 'g', lagSeconds: 0, suspects: 0 } as const;
  return { ...own, ...offsets, counts: { ...RIGHT, ...counts }, unverified };
}

describe('a verification of a right target', () => {
  test('counts when every change is equal or superseded', () => {
    expect(findVerifyFault([aVerifier({})], CHANGES)).toBeUndefined();
  });

  test.each<[string, VerifierDetail, string]>([
    ['accuses a row', aVerifier({ equal: 6, mismatches: 1 }), '1 mismatches where the target is right'],
    ['leaves a change unchecked', aVerifier({ equal: 6, unchecked: 1 }), '1 changes unchecked'],
    ['has a range to come back to', aVerifier({}, [RANGE]), '1 unverified ranges: ERG_3001: away'],
    ['loses an outcome', aVerifier({ equal: 6 }), '10 due, but 6 equal and 3 superseded'],
    ['misses a change', aVerifier({ due: 9, equal: 6 }), '9 of 10 changes were due'],
  ])('does not when it %s', (_, verifier, fault) => {
    expect(findVerifyFault([verifier], CHANGES)).toBe(fault);
  });

  test('is the sum of its partitions', () => {
    const half = { due: 5, equal: 4, superseded: 1 };
    expect(findVerifyFault([aVerifier(half), aVerifier(half)], CHANGES)).toBeUndefined();
    expect(findVerifyFault([aVerifier(half)], CHANGES)).toBe('5 of 10 changes were due');
  });
});
