import type { CaseFilter } from '../../actors/state/case-desk.ts';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { MAX_ROWS_ALONE, RUN_ACTIONS, type Run, type RunAction } from '../../actors/state/run-store.ts';
import { KafkajsStreamAdmin } from '../../actors/stream/kafkajs-stream-admin.ts';
import { listRecordKeys, RowOwner } from '../../actors/sweeper/row-owner.ts';
import { systemClock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { openRowSides, type RowSides } from '../open-row-sides.ts';
import { findCases, getCases } from '../recover/find-cases.ts';
import { findRows, type KeyChoice } from '../recover/find-rows.ts';
import { type LookedRow, lookAtRows, type WantedRow } from '../recover/look-at-rows.ts';
import { nameAuthor } from './breaker-command.ts';
import { type CaseFilterOptions, readFilter } from './case-command.ts';
import { EXIT } from './exit-codes.ts';
import { renderPlan } from './render-run.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { asDocument, choosePipelines, withState } from './with-state.ts';

export interface PlanOptions extends ReadOptions, CaseFilterOptions {
  readonly pipeline?: string;
  readonly case?: readonly bigint[];
  readonly all?: boolean;
  readonly key?: Extract<KeyChoice, { kind: 'keys' }>['keys'];
  readonly keyRange?: Pick<Extract<KeyChoice, { kind: 'range' }>, 'from' | 'to'>;
  readonly commitTime?: { readonly fromMs: number | undefined; readonly toMs: number | undefined };
  readonly offset?: NonNullable<CaseFilter['offsets']>;
}

export interface PlanDocument {
  readonly run: Run;
  /** Rows by table and what a repair would do. */
  readonly tables: Readonly<Record<string, Readonly<Record<RunAction, number>>>>;
  readonly samples: readonly LookedRow[];
  /** Rows that were found and are not in the plan, as nothing tells whose they are. */
  readonly leftOut: number;
}

interface Chosen {
  readonly pipeline: string;
  readonly rows: readonly WantedRow[];
  /** Rows that were compared and are right. */
  readonly right: number;
  readonly leftOut: number;
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
  const selection = describe(options);
  if (selection === '') {
    process.stderr.write(
      'choose the rows: --case, a filter of cases, --all, --key, --key-range, --commit-time or --offset\n',
    );
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
    const chosen = await chooseRows({ ...context, sides, pipeline }, options);
    const looked = await lookAtRows(chosen.rows, {
      witness: sides.witness,
      maxLooks: MAX_LOOKS,
      onLooked: tellProgress(chosen),
    });
    const items = looked.map(({ item }) => item);
    const lookedAt = chosen.right + items.filter(({ action }) => action !== 'unseen').length;
    const run = await state.runs.addPlan({ pipeline, selection, by: nameAuthor(), lookedAt, items });
    const samples = looked
      .filter(({ item }) => item.action !== 'equal' && item.action !== 'unseen')
      .slice(0, MAX_SAMPLES);
    return { run, tables: countByTable(looked), samples, leftOut: chosen.leftOut };
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

async function chooseRows(
  { state, settings, sides, pipeline }: PlanContext & { readonly sides: RowSides; readonly pipeline: string },
  options: PlanOptions,
): Promise<Chosen> {
  const choice = readChoice(options);
  if (choice === undefined) {
    const { commitTime, offset, case: ids } = options;
    const filter: CaseFilter & { readonly pipelines: readonly [string] } = {
      ...readFilter([pipeline], options),
      pipelines: [pipeline],
      commitFromMs: commitTime?.fromMs,
      commitToMs: commitTime?.toMs,
      offsets: offset,
    };
    const found =
      ids === undefined ? await findCases(state.caseDesk, filter, MAX_ROWS) : await getCases(state.cases, ids);
    return { ...found, right: 0, leftOut: found.opaque };
  }
  if (options.table === undefined) {
    throw new ReplicationError('ERG_5006', 'keys are of one table: --table names it');
  }
  const own = settings.pipelines[pipeline];
  if (own === undefined) {
    throw new ReplicationError('ERG_9000', `no pipeline ${pipeline}`);
  }
  const { topic } = own.source;
  const owner = new RowOwner(listRecordKeys(settings.captures, topic), await readPartitionCount(settings, topic));
  const found = await findRows(options.table, choice, { settings: own, sides, owner, maxRows: MAX_ROWS });
  return { pipeline, rows: found.rows, right: Math.max(0, found.compared - found.rows.length), leftOut: found.unowned };
}

function readChoice({ key, keyRange }: PlanOptions): KeyChoice | undefined {
  if (key !== undefined) {
    return { kind: 'keys', keys: key };
  }
  return keyRange === undefined ? undefined : { kind: 'range', ...keyRange };
}

async function readPartitionCount({ kafka, environment }: Settings, topic: string): Promise<number> {
  const address = { brokers: kafka.brokers, clientId: `ergate-${environment}-cli-${process.pid}` };
  const admin = new KafkajsStreamAdmin({ address, clock: systemClock, log: silentLogger });
  try {
    return await admin.readPartitionCount(topic);
  } finally {
    await admin.close();
  }
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
function tellProgress({ rows }: Chosen): ((looked: number) => void) | undefined {
  const total = Math.min(rows.length, MAX_LOOKS);
  return process.stderr.isTTY
    ? (looked) => process.stderr.write(`\r${looked} of ${total} rows looked at${looked === total ? '\n' : ''}`)
    : undefined;
}

/** What was asked for, in words of the command; '' when nothing was. */
function describe({
  table,
  shard,
  state,
  kind,
  since,
  case: ids,
  all,
  key,
  keyRange,
  commitTime,
  offset,
}: PlanOptions): string {
  const time = (ms: number | undefined) => (ms === undefined ? '' : new Date(ms).toISOString());
  const cells = (one: readonly unknown[] | undefined) => (one === undefined ? '' : one.join(','));
  const parts: readonly (string | undefined)[] = [
    all === true ? 'all cases' : undefined,
    ids && `cases ${ids.slice(0, 20).join(', ')}${ids.length > 20 ? ` and ${ids.length - 20} more` : ''}`,
    table && `table ${table}`,
    shard && `shard ${shard}`,
    state && `state ${state}`,
    kind && `kind ${kind}`,
    since === undefined ? undefined : `since ${time(since)}`,
    key && `${key.length} keys`,
    keyRange && `keys ${cells(keyRange.from)}..${cells(keyRange.to)}`,
    commitTime && `committed ${time(commitTime.fromMs)}..${time(commitTime.toMs)}`,
    offset && `offsets ${offset.partition}:${offset.from}..${offset.to}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
