/** Which rows a plan is about, by what was asked for: of cases, by keys, or by the changes of a time or of offsets. */
import type { CaseFilter } from '../../actors/state/case-desk.ts';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { systemClock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings, Settings } from '../../protocol/settings/settings-schema.ts';
import type { RowSides } from '../open-row-sides.ts';
import { KafkaChangeTopic } from '../recover/change-topic.ts';
import { findCases, getCases } from '../recover/find-cases.ts';
import { findChangedRows, nameOf } from '../recover/find-changed-rows.ts';
import { findOwner } from '../recover/find-owner.ts';
import { findRows, type KeyChoice } from '../recover/find-rows.ts';
import type { WantedRow } from '../recover/look-at-rows.ts';
import { type CaseFilterOptions, readFilter } from './case-command.ts';

export interface PlanChoice extends CaseFilterOptions {
  readonly case?: readonly bigint[];
  readonly key?: Extract<KeyChoice, { kind: 'keys' }>['keys'];
  readonly keyRange?: Pick<Extract<KeyChoice, { kind: 'range' }>, 'from' | 'to'>;
  readonly commitTime?: { readonly fromMs: number | undefined; readonly toMs: number | undefined };
  readonly offset?: NonNullable<CaseFilter['offsets']>;
  readonly casesOnly?: boolean;
}

export interface ChosenRows {
  readonly rows: readonly WantedRow[];
  /** Rows that were compared and are right. */
  readonly right: number;
  /** Rows that were found and are not in the plan, as nothing tells whose they are. */
  readonly leftOut: number;
  /** What the plan cannot be about, though it was asked for. */
  readonly notes: readonly string[];
}

export interface ChooseContext {
  readonly state: StateDatabase;
  readonly settings: Settings;
  readonly sides: RowSides;
  readonly pipeline: string;
  readonly maxRows: number;
  readonly onRead?: ((records: number) => void) | undefined;
}

/** @throws ReplicationError ERG_5006 */
export async function choosePlanRows(context: ChooseContext, choice: PlanChoice): Promise<ChosenRows> {
  const keys = readKeys(choice);
  if (keys !== undefined) {
    return chooseByKeys(context, keys, choice.table);
  }
  const cases = await chooseCases(context, choice);
  return isOfChanges(choice) ? addChanged(cases, context, choice) : cases;
}

/** What is said of a case cannot be said of a row that has none. */
function isOfChanges({ commitTime, offset, case: ids, casesOnly, ...filter }: PlanChoice): boolean {
  const ofCases = [ids, filter.state, filter.kind, filter.since].some((one) => one !== undefined);
  return (commitTime !== undefined || offset !== undefined) && casesOnly !== true && !ofCases;
}

async function chooseCases({ state, pipeline, maxRows }: ChooseContext, choice: PlanChoice): Promise<ChosenRows> {
  const { commitTime, offset, case: ids } = choice;
  const filter: CaseFilter & { readonly pipelines: readonly [string] } = {
    ...readFilter([pipeline], choice),
    pipelines: [pipeline],
    commitFromMs: commitTime?.fromMs,
    commitToMs: commitTime?.toMs,
    offsets: offset,
  };
  const { rows, opaque } =
    ids === undefined ? await findCases(state.caseDesk, filter, maxRows) : await getCases(state.cases, ids);
  return { rows, right: 0, leftOut: opaque, notes: [] };
}

/** With the rows that have no case, as the records of the stream name them. */
async function addChanged(cases: ChosenRows, context: ChooseContext, choice: PlanChoice): Promise<ChosenRows> {
  const { settings, sides, pipeline, maxRows, onRead } = context;
  const own = getPipeline(settings, pipeline);
  const topic = new KafkaChangeTopic(settings, own.source.topic);
  try {
    const { commitTime, offset: offsets, table, shard } = choice;
    const options = { settings: own, sides, topic, clock: systemClock, maxRows, onRead };
    const found = await findChangedRows({ commitTime, offsets, table, shard }, options);
    const known = new Set(cases.rows.map(({ row }) => nameOf(row)));
    const rows = [...cases.rows, ...found.rows.filter(({ row }) => !known.has(nameOf(row)))];
    if (rows.length > maxRows) {
      throw new ReplicationError('ERG_5006', `a plan takes at most ${maxRows} rows; choose fewer`);
    }
    const right = found.compared - found.rows.length;
    return { rows, right, leftOut: cases.leftOut + found.unowned, notes: found.notes };
  } finally {
    await topic.close();
  }
}

async function chooseByKeys(
  { settings, sides, pipeline, maxRows }: ChooseContext,
  keys: KeyChoice,
  table: string | undefined,
): Promise<ChosenRows> {
  if (table === undefined) {
    throw new ReplicationError('ERG_5006', 'keys are of one table: --table names it');
  }
  const own = getPipeline(settings, pipeline);
  const owner = await findOwner(settings, own.source.topic);
  const { rows, compared, unowned } = await findRows(table, keys, { settings: own, sides, owner, maxRows });
  return { rows, right: Math.max(0, compared - rows.length), leftOut: unowned, notes: [] };
}

function readKeys({ key, keyRange }: PlanChoice): KeyChoice | undefined {
  if (key !== undefined) {
    return { kind: 'keys', keys: key };
  }
  return keyRange === undefined ? undefined : { kind: 'range', ...keyRange };
}

function getPipeline({ pipelines }: Settings, name: string): PipelineSettings {
  const own = pipelines[name];
  if (own === undefined) {
    throw new ReplicationError('ERG_9000', `no pipeline ${name}`);
  }
  return own;
}
