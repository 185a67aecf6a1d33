import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFindingReport, readRepairAnswer } from '../../../../protocol/message/recovery-codec.ts';
import type { FindingReport, RepairAnswer } from '../../../../protocol/message/recovery-message.ts';
import { propertySeed } from '../../../support/property-seed.ts';

const ROW = { table: 'orders', shard: 's0', rowKey: `6:orders/1t${'é'.repeat(3_000)}` };
const REPORT: FindingReport = {
  mismatches: [
    {
      row: { ...ROW, targetKey: [['name', 'é']], sourceKey: [] },
      kind: 'extra',
      columns: ['a'],
      sourceDigest: null,
      targetDigest: 'b',
      evidence: { topicEpoch: 1, partition: 2, offset: '18446744073709551615', commitTimeMs: null },
      isOwnerUnknown: true,
      foundBy: 'sweeper',
    },
    {
      row: { ...ROW, targetKey: [], sourceKey: [] },
      kind: 'different',
      columns: [],
      sourceDigest: null,
      targetDigest: null,
      evidence: { topicEpoch: 0, partition: 2, offset: '7', commitTimeMs: 1 },
      foundBy: 'verifier',
      reason: 'ERG_4010: circuitOpened',
    },
  ],
  cleared: [{ row: ROW, offset: '0' }],
};
const ANSWER: RepairAnswer = {
  outcome: 'deleted',
  code: 'ERG_3001',
  message: '',
  columns: [],
  sourceDigest: null,
  targetDigest: 'b',
  before: { id: '1', v: null },
  seq: '7',
};

test.each([false, 1, 'yes', null])('an owner that is unknown in another way is refused: %s', (isOwnerUnknown) => {
  const [mismatch] = REPORT.mismatches;
  expect(() => readFindingReport({ ...REPORT, mismatches: [{ ...mismatch, isOwnerUnknown }] })).toThrow(/ERG_6103/);
});

describe('what recovery is told', () => {
  test('is read as it was written, the mark of an unknown owner too', () => {
    expect(readFindingReport(JSON.parse(JSON.stringify(REPORT)))).toEqual(REPORT);
    expect(readRepairAnswer(JSON.parse(JSON.stringify(ANSWER)))).toEqual(ANSWER);
  });

  test('is refused with ERG_6103 whatever else it is', () => {
    const parts = fc.record(
      {
        mismatches: fc.oneof(fc.anything(), fc.array(fc.record({ row: fc.anything(), kind: fc.anything() }))),
        cleared: fc.oneof(fc.anything(), fc.array(fc.record({ row: fc.anything(), offset: fc.anything() }))),
        outcome: fc.anything(),
        message: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), parts), (body) => {
        for (const read of [readFindingReport, readRepairAnswer]) {
          expect(codeOf(() => read(body))).toMatch(/^(ERG_6103|read)$/);
        }
      }),
      { numRuns: 500, ...propertySeed() },
    );
  });
});

function codeOf(work: () => unknown): unknown {
  try {
    work();
    return 'read';
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
}
