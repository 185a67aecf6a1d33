import type { Case, CaseKind, CaseState } from '../../actors/state/case.ts';
import type { CaseFilter, NewOrder, OrderOutcome } from '../../actors/state/case-desk.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { isReserved } from '../../protocol/verify/reserved-row.ts';
import { assertApplied } from '../recover/assert-applied.ts';
import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { renderCaseFile, renderCases } from './render-case.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { asDocument, choosePipelines, withState } from './with-state.ts';

export interface CaseFilterOptions {
  readonly table?: string;
  readonly shard?: string;
  readonly state?: CaseState;
  readonly kind?: CaseKind;
  /** Wall ms. */
  readonly since?: number;
}

export interface CaseListOptions extends ReadOptions, CaseFilterOptions {
  readonly pipeline?: string;
  readonly run?: bigint;
  readonly oldest?: boolean;
  readonly limit: number;
  readonly behind?: bigint;
}

export interface CaseOrderOptions {
  readonly config: readonly string[];
  readonly reason: string;
  /** Of ignore: how long, ms. */
  readonly until?: number;
}

/** More than anybody reads. */
const MAX_STEPS = 1_000;

const ANSWERS: Readonly<Record<OrderOutcome, string>> = {
  given: 'ordered',
  'needs-second': 'ordered by one person; it is closed when another one orders the same',
  'same-person': 'has been ordered by you already; another person has to order it too',
  closed: 'is closed already',
  unknown: 'there is no such case',
};

export async function runCaseList(options: CaseListOptions): Promise<number> {
  const { config, output, pipeline, run, oldest, limit, behind } = options;
  const cases = await withState(config, async (state, settings) => {
    const pipelines = choosePipelines(settings, pipeline);
    const page = { order: oldest === true ? 'oldest' : 'newest', limit, behindId: behind } as const;
    const found = pipelines && (await state.caseDesk.list({ ...readFilter(pipelines, options), runId: run }, page));
    return found?.map((one) => ({ ...one, isReserved: isOfCanary(one, settings) }));
  });
  if (cases === undefined) {
    return EXIT.failed;
  }
  await show(output, asDocument(cases), () => renderCases(cases, Date.now(), cases.length === limit));
  return EXIT.ok;
}

/** Of a row that is damaged on purpose, again and again. */
function isOfCanary({ pipeline, row }: Case, { pipelines }: Settings): boolean {
  const canary = pipelines[pipeline]?.verification?.canary;
  return canary !== undefined && isReserved(canary, row);
}

export function readFilter(pipelines: readonly string[], options: CaseFilterOptions): CaseFilter {
  const { table, shard, state, kind, since } = options;
  return { pipelines, table, shard, state, kind, sinceMs: since };
}

export async function runCaseGet(id: bigint, { config, output }: ReadOptions): Promise<number> {
  const file = await withState(config, (state) => state.caseDesk.find(id, MAX_STEPS));
  if (file === undefined) {
    process.stderr.write(`there is no case ${id}\n`);
    return EXIT.failed;
  }
  await show(output, asDocument(file), () => renderCaseFile(file, Date.now()));
  return EXIT.ok;
}

/** @returns failed when one of them could not be ordered */
export async function runCaseOrders(
  verb: NewOrder['verb'],
  ids: readonly bigint[],
  { config, reason, until }: CaseOrderOptions,
): Promise<number> {
  const order = { verb, reason, by: nameAuthor(), untilMs: until === undefined ? null : Date.now() + until };
  const outcomes = await withState(config, async (state, settings) => {
    for (const { pipeline } of verb === 'repair' ? await state.cases.getOpen(ids) : []) {
      assertApplied(settings, pipeline);
    }
    const given: OrderOutcome[] = [];
    for (const caseId of ids) {
      const outcome = await state.caseDesk.order({ ...order, caseId });
      process.stdout.write(`case ${caseId}: ${ANSWERS[outcome]}\n`);
      given.push(outcome);
    }
    return given;
  });
  return outcomes.every((outcome) => outcome === 'given' || outcome === 'needs-second') ? EXIT.ok : EXIT.failed;
}
