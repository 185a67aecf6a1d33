import { expect, test } from 'vitest';
import { takeReport } from '../../../../actors/row/take-report.ts';
import { encodeEnvelope } from '../../../../protocol/message/message-codec.ts';
import type { Mismatch } from '../../../../protocol/verify/mismatch.ts';

const reported = (key: string): { readonly mismatch: Mismatch } => ({
  mismatch: {
    row: { table: 'orders', shard: 's0', rowKey: key, targetKey: [['id', key]], sourceKey: [['id', key]] },
    kind: 'different',
    columns: ['a'],
    sourceDigest: 's'.repeat(32),
    targetDigest: 't'.repeat(32),
    evidence: { topicEpoch: 0, partition: 0, offset: '1', commitTimeMs: 1 },
    foundBy: 'verifier',
  },
});

test('a message takes a few hundred rows at most', () => {
  expect(takeReport(Array.from({ length: 1_000 }, (_, index) => reported(String(index))))).toHaveLength(200);
  expect(takeReport([reported('1')])).toHaveLength(1);
  expect(takeReport([])).toEqual([]);
});

test('rows with the longest keys that there are fit into messages', () => {
  const rows = Array.from({ length: 200 }, () => reported('가'.repeat(768 * 4)));
  const group = takeReport(rows);
  expect(group.length).toBeGreaterThan(1);
  const body = { mismatches: group.map(({ mismatch }) => mismatch), cleared: [] };
  const envelope = { v: 1, type: 'report', id: '1', sender: 'n', epoch: 0, correlation: '', body };
  expect(() => encodeEnvelope(envelope)).not.toThrow();
});
