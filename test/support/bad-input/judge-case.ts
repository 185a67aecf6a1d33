/** What has to be true of a run, and of each of its cases, after the first reading and after the second. */
import { expect } from 'vitest';
import type { SinkDetail } from '../../../protocol/message/actor-status.ts';
import type { CaseRow } from './bad-case.ts';
import { ID_STEP, type PlacedCase } from './place-cases.ts';
import { type Aftermath, type CaseRun, MOST_HELD_BYTES, type StoredFinding } from './run-cases.ts';

export function judgeCase(placed: PlacedCase, run: CaseRun): void {
  const { bad, site, offsets, values, goodRows } = placed;
  const { rows } = bad.expected;
  const expectedFindings = offsets.map((_, record) =>
    bad.expected.findings
      .filter((finding) => finding.record === record || finding.record === 'each')
      .map(({ code, stage, payloadIndex }) => ({ code, stage, payloadIndex, value: values[record] })),
  );
  for (const aftermath of [run.first, run.replay]) {
    expect(offsets.map((offset) => findingsAt(aftermath, offset))).toEqual(expectedFindings);
    const { good, others } = divideRows(placed, aftermath);
    expect(others).toEqual(rows(site, bad.table).toSorted(byKey));
    expect(missing(goodRows, good), 'good rows').toEqual([]);
  }
  const foundAt = (aftermath: Aftermath) =>
    offsets.flatMap((offset) => at(aftermath, offset).map((one) => one.foundAt));
  expect(foundAt(run.replay)).toEqual(foundAt(run.first));
}

export function judgeRun({ placed, end, first, replay }: CaseRun): void {
  const bad = new Set(placed.flatMap(({ offsets }) => offsets.map(String)));
  for (const { committed, state, reason, findings, detail, maxQueuedBytes } of [first, replay]) {
    const stuck = placed.find(({ offsets }) => (offsets.at(-1) ?? 0n) >= committed)?.bad;
    expect({ committed, state, reason, stuck: committed === end ? undefined : stuck?.id }).toEqual({
      committed: end,
      state: 'running',
      reason: undefined,
      stuck: undefined,
    });
    const others = [...findings].filter(([offset]) => !bad.has(offset)).flatMap(([, found]) => found);
    expect(
      others.slice(0, 10).map(({ offset, message }) => `${offset} ${message}`),
      'findings of good records',
    ).toEqual([]);
    const isReplay = detail === replay.detail;
    expect(countsOf(detail), isReplay ? 'replay' : 'first').toEqual(expectedCounts(placed, isReplay));
    expect(unwrittenIn(detail)).toEqual(expectedUnwritten(placed));
    expect([...detail.oddities.unknownFields].toSorted()).toEqual(
      [...new Set(placed.flatMap(({ bad: { expected } }) => expected.unknownFields))].toSorted(),
    );
    expect(maxQueuedBytes).toBeLessThanOrEqual(MOST_HELD_BYTES);
    expect(detail.queuedBytes).toBe(0);
  }
}

type Counts = Record<(typeof COUNTED)[number], number>;

const COUNTED = [
  'findings',
  'tombstones',
  'filtered',
  'repeated',
  'emptyRecords',
  'repeatedColumns',
  'refusedCommitTimes',
  'controlRecords',
] as const;

function countsOf({ counts, oddities }: SinkDetail): Partial<Counts> {
  const all = { ...counts, ...oddities };
  return Object.fromEntries(COUNTED.map((name) => [name, all[name]]));
}

function expectedCounts(placed: readonly PlacedCase[], isReplay: boolean): Partial<Counts> {
  const sumOf = (name: (typeof COUNTED)[number]) =>
    placed.reduce((sum, { bad: { expected }, offsets }) => {
      const again = isReplay && expected.isRefusedOnce === true ? [] : expected.findings;
      const findings = again.reduce((all, { record }) => all + (record === 'each' ? offsets.length : 1), 0);
      return sum + (name === 'findings' ? findings : (expected.counts[name] ?? 0));
    }, 0);
  return Object.fromEntries(COUNTED.map((name) => [name, sumOf(name)]));
}

function unwrittenIn({ unwrittenColumns }: SinkDetail): readonly string[] {
  return unwrittenColumns.map(({ table, column }) => `${table}: ${column}`).toSorted();
}

function expectedUnwritten(placed: readonly PlacedCase[]): readonly string[] {
  const columns = placed.flatMap(({ bad: { table, expected } }) =>
    expected.unwritten.map((column) => `${table.name}: ${column}`),
  );
  return [...new Set(columns)].toSorted();
}

function at({ findings }: Aftermath, offset: bigint): readonly StoredFinding[] {
  return findings.get(String(offset)) ?? [];
}

function findingsAt(aftermath: Aftermath, offset: bigint) {
  return at(aftermath, offset).map(({ code, stage, payloadIndex, value }) => ({ code, stage, payloadIndex, value }));
}

/** The rows of the case: the good ones around the bad record, by their keys, and all others. */
function divideRows({ bad, site, goodRows }: PlacedCase, { rows }: Aftermath) {
  const all = rows.get(bad.table.name) ?? [];
  const step = site.id / ID_STEP;
  const own = bad.table.isOwn === true ? all : all.filter(([id]) => Math.floor(Number(id) / ID_STEP) === step);
  const goodKeys = new Set(goodRows.map(([id]) => id));
  return {
    good: new Set(own.filter(([id]) => goodKeys.has(id ?? '')).map((row) => row.join())),
    others: own.filter(([id]) => !goodKeys.has(id ?? '')).toSorted(byKey),
  };
}

function missing(expected: readonly CaseRow[], found: ReadonlySet<string>): readonly string[] {
  return expected.map((row) => row.join()).filter((row) => !found.has(row));
}

function byKey([left]: CaseRow, [right]: CaseRow): number {
  return String(left) < String(right) ? -1 : 1;
}
