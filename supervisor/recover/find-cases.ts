import type { Case } from '../../actors/state/case.ts';
import type { CaseDesk, CaseFilter } from '../../actors/state/case-desk.ts';
import type { CaseStore } from '../../actors/state/case-store.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { WantedRow } from './look-at-rows.ts';

const PAGE = 1_000;

export interface FoundCases {
  readonly pipeline: string;
  readonly rows: readonly WantedRow[];
  /** Cases of records that could not be read: they name no row. */
  readonly opaque: number;
}

/** Open cases of one pipeline, the oldest first. @throws ReplicationError ERG_5006 when there are more than that */
export async function findCases(
  desk: Pick<CaseDesk, 'list'>,
  filter: CaseFilter & { readonly pipelines: readonly [string] },
  maxRows: number,
): Promise<FoundCases> {
  const found: Case[] = [];
  for (;;) {
    const page = await desk.list(filter, { order: 'oldest', limit: PAGE, behindId: found.at(-1)?.id });
    found.push(...page);
    if (found.length > maxRows) {
      throw new ReplicationError('ERG_5006', `a plan takes at most ${maxRows} rows; choose fewer`);
    }
    if (page.length < PAGE) {
      return asFound(filter.pipelines[0], found);
    }
  }
}

/** @throws ReplicationError ERG_5006 when one is not open, or they are of several pipelines */
export async function getCases(store: Pick<CaseStore, 'getOpen'>, ids: readonly bigint[]): Promise<FoundCases> {
  const found = await store.getOpen(ids);
  const missing = ids.filter((id) => !found.some((one) => one.id === id));
  if (missing.length > 0) {
    throw new ReplicationError('ERG_5006', `there is no open case ${missing.join(', ')}`);
  }
  const pipelines = [...new Set(found.map(({ pipeline }) => pipeline))];
  const [pipeline] = pipelines;
  if (pipeline === undefined || pipelines.length > 1) {
    throw new ReplicationError('ERG_5006', `a plan is of one pipeline, the cases are of ${pipelines.join(', ')}`);
  }
  return asFound(pipeline, found);
}

function asFound(pipeline: string, cases: readonly Case[]): FoundCases {
  const rows = cases
    .filter(({ kind }) => kind !== 'opaque')
    .map(({ partition, row, id }) => ({ partition, row, caseId: id }));
  return { pipeline, rows, opaque: cases.length - rows.length };
}
