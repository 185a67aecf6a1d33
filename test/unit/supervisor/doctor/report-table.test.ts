import { expect, test } from 'vitest';
import type { Remark } from '../../../../actors/target/remark.ts';
import type { TableReport } from '../../../../supervisor/doctor/doctor-report.ts';
import { groupTables, worstOf } from '../../../../supervisor/doctor/report-table.ts';

const remark = (severity: Remark['severity']): Remark => ({ severity, code: 'ERG_3525', message: 'm', statements: [] });

test('the verdict of a table is the worst of what is said about it; a note is nothing bad', () => {
  expect(worstOf([])).toBe('safe');
  expect(worstOf([remark('note')])).toBe('safe');
  expect(worstOf([remark('note'), remark('warning')])).toBe('warn');
  expect(worstOf([remark('warning'), remark('refused')])).toBe('refused');
});

test('a table that is the same on several shards stands once, one that differs stands apart', () => {
  const on = (shard: string, remarks: readonly Remark[] = []): TableReport => ({
    table: 't',
    source: 't',
    shards: [shard],
    verdict: worstOf(remarks),
    plan: undefined,
    remarks,
  });
  const grouped = groupTables([on('s0'), on('s1', [remark('warning')]), on('s2')]);
  expect(grouped.map(({ shards, verdict }) => [shards, verdict])).toEqual([
    [['s0', 's2'], 'safe'],
    [['s1'], 'warn'],
  ]);
});
