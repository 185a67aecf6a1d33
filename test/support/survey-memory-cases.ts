/** What cases in memory tell of the tables whose automatic repair is to be stopped. */
import type { Case } from '../../actors/state/case.ts';
import type { CaseShape } from '../../actors/state/case-store.ts';
import type { Finding } from '../../actors/state/finding.ts';

export function surveyMemoryCases(cases: readonly Case[], pipeline: string, sinceMs: number): readonly CaseShape[] {
  const shapes = Map.groupBy(listSurveyed(cases, pipeline, sinceMs), ({ row, columns }) =>
    JSON.stringify([row.table, columns]),
  );
  return [...shapes.values()].flatMap((own) => {
    const [first] = own;
    return first === undefined ? [] : { table: first.row.table, columns: first.columns, cases: own.length };
  });
}

interface Kept {
  readonly cases: readonly Case[];
  /** Those without a case. */
  readonly findings: readonly Finding[];
}

interface Surveyed {
  readonly pipeline: string;
  readonly table: string;
  readonly sinceMs: number;
}

/** Gives each row, the oldest first, one of the changes that may still excuse it. */
export function countMemoryExcused({ cases, findings }: Kept, { pipeline, table, sinceMs }: Surveyed): number {
  const opaque = cases.filter(
    (one) =>
      one.pipeline === pipeline &&
      one.row.table === table &&
      one.kind === 'opaque' &&
      one.state !== 'quarantined' &&
      one.state !== 'suppressed',
  );
  const without = findings.filter((one) => one.pipeline === pipeline && one.table === table && one.stage !== 'decode');
  const readMs = [
    ...opaque.map(({ firstSeenMs, lastSeenMs }) => (lastSeenMs > firstSeenMs ? lastSeenMs : 0)),
    ...without.map(() => 0),
  ].sort((left, right) => left - right);
  const provenMs = listSurveyed(cases, pipeline, sinceMs)
    .filter(({ row }) => row.table === table)
    .map(({ confirmedMs }) => confirmedMs ?? 0);
  let excused = 0;
  for (const ms of provenMs.sort((left, right) => left - right)) {
    excused += (readMs[excused] ?? Number.POSITIVE_INFINITY) <= ms ? 1 : 0;
  }
  return excused;
}

function listSurveyed(cases: readonly Case[], pipeline: string, sinceMs: number): readonly Case[] {
  return cases.filter(
    (one) =>
      one.pipeline === pipeline &&
      (one.foundBy === 'verifier' || one.foundBy === 'sweeper') &&
      one.confirmedMs !== null &&
      one.confirmedMs >= sinceMs,
  );
}
