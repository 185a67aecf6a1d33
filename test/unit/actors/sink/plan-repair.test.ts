import { describe, expect, test } from 'vitest';
import type { RowVerdict } from '../../../../actors/row/row-witness.ts';
import { type LogEnd, nameAtSource, planRepair, type RepairMeans } from '../../../../actors/sink/plan-repair.ts';
import type { Cell } from '../../../../protocol/change/cell.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { anImage, aTable } from '../../../support/sink-builders.ts';
import { MARKER_COLUMNS } from '../../../support/target-table.ts';

const STRICT = aTable({ columns: ['id', 'v', ...MARKER_COLUMNS] });
const ARTICLE = aTable({ columns: ['id', 'v', ...MARKER_COLUMNS.slice(0, 2)] });
const LOG: LogEnd = { offset: 8, seq: '7', commitTime: '2026-01-01 00:00:05.000' };

const aMeans = (more: Partial<RepairMeans> = {}): RepairMeans => ({
  request: {
    row: { table: 'orders', shard: 's', rowKey: '6:orders/1n1', targetKey: [['id', '1']], sourceKey: [] },
    mode: 'repair',
    mayDelete: true,
  },
  table: STRICT,
  marker: { writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' },
  modifiedColumn: undefined,
  notOfSource: new Set(),
  ...more,
});

function aDifference(actual: Readonly<Record<string, Cell>> | null, expected: string | null = 'right'): RowVerdict {
  return {
    kind: 'different',
    mismatch: 'different',
    columns: ['v'],
    sourceDigest: expected,
    targetDigest: 'wrong',
    expected: expected === null ? null : anImage({ id: '1', v: expected }),
    actual: actual === null ? null : anImage({ id: '1', v: 'wrong', ...actual }),
  };
}

const write = (verdict: RowVerdict, means = aMeans(), log = LOG) => {
  const plan = planRepair(verdict, means, log);
  return plan.kind === 'write' ? plan.change : plan.answer;
};

describe('a row with a version', () => {
  test.each([
    { seen: '6', replaces: undefined },
    { seen: '7', replaces: undefined },
    { seen: null, replaces: undefined },
    { seen: '8', replaces: '8' },
    { seen: '18446744073709551615', replaces: '18446744073709551615' },
  ])('gets that of the newest record, and $seen is replaced by force: $replaces', ({ seen, replaces }) => {
    const change = write(aDifference({ rpc_time: null, ergate_seq: seen }));
    expect(change).toMatchObject({
      op: 'upsert',
      seq: '7',
      commitTime: LOG.commitTime,
      writer: 'ergate',
      keyCells: ['1'],
    });
    expect(change).toHaveProperty('replaces', replaces);
  });

  test('that is not there gets it too, and one that is too much is deleted with it', () => {
    expect(write(aDifference(null))).toMatchObject({ op: 'upsert', seq: '7', replaces: undefined });
    expect(write(aDifference({ ergate_seq: '9' }, null))).toMatchObject({ op: 'delete', seq: '7', replaces: '9' });
  });

  test('keeps its commit time when none is known', () => {
    const seen = { rpc_time: '2026-01-01 00:00:01.000', ergate_seq: '6' };
    expect(write(aDifference(seen), aMeans(), { ...LOG, commitTime: null })).toMatchObject({
      commitTime: '2026-01-01 00:00:01.000',
    });
  });
});

describe('a row with a commit time alone', () => {
  const means = aMeans({ table: ARTICLE });

  test('keeps it, unless it has none or a later one than the newest change', () => {
    const timeOf = (seen: string | null) => write(aDifference({ rpc_time: seen }), means);
    expect(timeOf('2026-01-01 00:00:04.000')).toMatchObject({ commitTime: '2026-01-01 00:00:04.000' });
    expect(timeOf('2026-01-01 00:00:05.000')).toMatchObject({ commitTime: '2026-01-01 00:00:05.000' });
    expect(timeOf(null)).toMatchObject({ commitTime: LOG.commitTime });
    expect(timeOf('2026-01-01 00:00:05')).not.toHaveProperty('replaces');
    expect(timeOf('2026-01-01 00:00:05.001')).toMatchObject({
      commitTime: LOG.commitTime,
      replaces: '2026-01-01 00:00:05.001',
    });
    expect(write(aDifference(null), means)).toMatchObject({ commitTime: LOG.commitTime });
  });

  test('waits for a change when none has come: its own may be what is wrong with it', () => {
    const answer = write(aDifference({ rpc_time: '2099-01-01 00:00:00.000' }), means, { ...LOG, commitTime: null });
    expect(answer).toMatchObject({ outcome: 'failed', code: 'ERG_5206' });
  });
});

describe('nothing is written', () => {
  test('to a row that is right, moves, cannot be read, or may not be deleted', () => {
    const unreadable = { kind: 'unreadable', error: new ReplicationError('ERG_2005', 'no answer') } as const;
    const careful = aMeans({ request: { ...aMeans().request, mayDelete: false } });
    expect(write({ kind: 'equal', digest: null })).toMatchObject({ outcome: 'equal' });
    expect(write({ kind: 'moving' })).toMatchObject({ outcome: 'moving' });
    expect(write(unreadable)).toMatchObject({ outcome: 'refused', code: 'ERG_2005' });
    expect(write(aDifference({}, null), careful)).toMatchObject({ outcome: 'extra', sourceDigest: null });
  });
});

test.each([
  { code: 'ERG_4085', mode: 'repair', outcome: 'refused' },
  { code: 'ERG_4085', mode: 'forceSync', outcome: undefined },
  { code: 'ERG_4086', mode: 'repair', outcome: 'failed' },
  { code: 'ERG_4086', mode: 'forceSync', outcome: 'failed' },
  { code: 'ERG_4087', mode: 'repair', outcome: 'refused' },
  { code: 'ERG_4087', mode: 'forceSync', outcome: undefined },
] as const)('an extra row that is kept for $code is not deleted by $mode: $outcome', ({ code, mode, outcome }) => {
  const means = aMeans();
  const kept = {
    ...aDifference({ ergate_seq: '9' }, null),
    keptFor: new ReplicationError(code, 'as told'),
  } as RowVerdict;
  const answer = write(kept, { ...means, request: { ...means.request, mode } });
  expect(answer).toMatchObject(outcome === undefined ? { op: 'delete' } : { outcome, code });
});

test('a row that nothing names at the source is named by what the target shows of it, without looked-up columns', () => {
  const seen = aDifference({ name: 'filled', note: null });
  const named = nameAtSource(aMeans({ notOfSource: new Set(['name']) }), seen);
  expect(named.sourceKey).toEqual([
    ['id', '1'],
    ['v', 'wrong'],
  ]);
  const { request } = aMeans();
  const known = { ...request.row, sourceKey: [['no', '1']] as const };
  expect(nameAtSource(aMeans({ request: { ...request, row: known } }), seen)).toBe(known);
});
