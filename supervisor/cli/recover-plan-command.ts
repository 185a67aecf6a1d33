import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { MAX_ROWS_ALONE, RUN_ACTIONS, type Run, type RunAction } from '../../actors/state/run-store.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { openRowSides } from '../open-row-sides.ts';
import { getCases } from '../recover/find-cases.ts';
import { type LookedRow, lookAtRows } from '../recover/look-at-rows.ts';
import { nameAuthor } from './breaker-command.ts';
import { choosePlanRows, type PlanChoice } from './choose-plan-rows.ts';
import { describeSelection } from './describe-selection.ts';
import { EXIT } from './exit-codes.ts';
import { renderPlan } from './render-run.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { asDocument, choosePipelines, withState } from './with-state.ts';

export interface PlanOptions extends ReadOptions, PlanChoice {
  readonly pipeline?: string;
  readonly all?: boolean;
}

export interface PlanDocument {
  readonly run: Run;
  /** Rows by table and what a repair would do. */
  readonly tables: Readonly<Record<string, Readonly<Record<RunAction, number>>>>;
  readonly samples: readonly LookedRow[];
  /** Rows that were found and are not in the plan, as nothing tells whose they are. */
  readonly leftOut: number;
  /** What the plan cannot be about, though it was asked for. */
  readonly notes: readonly string[];
}

const MAX_ROWS = 100_000;
const MAX_LOOKS = 10_000;
const MAX_SAMPLES = 20;

export async function runRecoverPlan(options: PlanOptions): Promise<number> {
  const { config, output } = options;
  if (options.state === 'closed') {
    process.stderr.write('cases that are closed need no repair: choose open ones\n');
    return EXIT.usage;
  }
  const selection = describeSelection(options);
  if (selection === '') {
    process.stderr.write(
      'choose the rows: --case, a filter of cases, --all, --key, --key-range, --commit-time or --offset\n',
    );
    return EXIT.usage;
  }
  const isByKeys = options.key !== undefined || options.keyRange !== undefined;
  if (isByKeys && [options.case, options.commitTime, options.offset].some((one) => one !== undefined)) {
    process.stderr.write('rows are chosen by their keys, or by cases, commit time or offsets, not both\n');
    return EXIT.usage;
  }
  const plan = await withState(config, (state, settings) => makePlan({ state, settings, selection }, options));
  if (plan === undefined) {
    return EXIT.failed;
  }
  await show(output, asDocument(plan), () => renderPlan(plan, MAX_ROWS_ALONE));
  return EXIT.ok;
}

interface PlanContext {
  readonly state: StateDatabase;
  readonly settings: Settings;
  readonly selection: string;
}

async function makePlan(context: PlanContext, options: PlanOptions): Promise<PlanDocument | undefined> {
  const { state, settings, selection } = context;
  const pipeline =
    options.case === undefined ? choosePipeline(settings, options) : await findPipeline(state, options.case);
  const own = pipeline === undefined ? undefined : settings.pipelines[pipeline];
  if (pipeline === undefined || own === undefined) {
    return undefined;
  }
  const sides = openRowSides(settings, own);
  try {
    const onRead = tellProgress('records read');
    const chosen = await choosePlanRows({ ...context, sides, pipeline, maxRows: MAX_ROWS, onRead }, options);
    const looked = await lookAtRows(chosen.rows, {
      witness: sides.witness,
      maxLooks: MAX_LOOKS,
      onLooked: tellProgress(`of ${Math.min(chosen.rows.length, MAX_LOOKS)} rows looked at`),
    });
    const items = looked.map(({ item }) => item);
    const lookedAt = chosen.right + items.filter(({ action }) => action !== 'unseen').length;
    const run = await state.runs.addPlan({ pipeline, selection, by: nameAuthor(), lookedAt, items });
    const samples = looked
      .filter(({ item }) => item.action !== 'equal' && item.action !== 'unseen')
      .slice(0, MAX_SAMPLES);
    return { run, tables: countByTable(looked), samples, leftOut: chosen.leftOut, notes: chosen.notes };
  } finally {
    sides.close();
  }
}

function choosePipeline(settings: Settings, { pipeline }: PlanOptions): string | undefined {
  const pipelines = choosePipelines(settings, pipeline);
  const [only, more] = pipelines ?? [];
  if (pipelines !== undefined && (only === undefined || more !== undefined)) {
    process.stderr.write(`a plan is of one pipeline: --pipeline is one of ${pipelines.join(', ')}\n`);
    return undefined;
  }
  return only;
}

async function findPipeline({ cases }: StateDatabase, ids: readonly bigint[]): Promise<string> {
  return (await getCases(cases, ids)).pipeline;
}

function countByTable(looked: readonly LookedRow[]): PlanDocument['tables'] {
  const tables = Map.groupBy(looked, ({ item }) => item.row.table);
  return Object.fromEntries(
    [...tables].map(([table, rows]) => {
      const counts = RUN_ACTIONS.map((action) => [action, rows.filter(({ item }) => item.action === action).length]);
      return [table, Object.fromEntries(counts) as Record<RunAction, number>]; // one for each of them
    }),
  );
}

/** For people who wait; nothing where nobody looks. */
function tellProgress(what: string): ((count: number) => void) | undefined {
  return process.stderr.isTTY ? (count) => process.stderr.write(`\r${count} ${what} `) : undefined;
}
