/**
 * Statements that list cases page by page, by id. An index gives a page without reading more than the page when all of its
 * columns before the id are known; those that the filter leaves open are few words each, so every combination of them is a
 * part of its own, with the limit of the page, and the parts are put together in the order of the id.
 */
import { CASE_STATES } from './case.ts';
import type { CaseFilter, CasePage } from './case-desk.ts';
import { textLiteral } from './state-literal.ts';

const OPEN_STATES = CASE_STATES.filter((state) => state !== 'closed');
const KINDS = ['missing', 'extra', 'different', 'opaque'] as const;

export interface BoundedPage extends CasePage {
  /** No case with a lower id is meant: they are not read to find that out. */
  readonly fromId?: bigint | undefined;
}

/** The lowest id of those that were first seen since; NULL when there is none. */
export function buildFirstId(pipelines: readonly string[], sinceMs: number): string {
  return `SELECT MIN(id) AS first_id FROM ergate_case FORCE INDEX (seen)
    WHERE pipeline IN (${pipelines.map(textLiteral).join()}) AND first_seen_ms >= ${Math.round(sinceMs)}`;
}

export function buildCaseList(filter: CaseFilter, page: BoundedPage): string {
  return filter.state === 'closed' ? buildClosedList(filter, page) : buildOpenList(filter, page);
}

function buildOpenList(filter: CaseFilter, page: BoundedPage): string {
  const { index, prefixes } = chooseIndex(filter);
  const rest = listConditions(filter, page);
  const order = orderOf(page);
  const parts = prefixes.map(
    (prefix) => `(SELECT id FROM ergate_case FORCE INDEX (${index})
      WHERE ${[...prefix, ...rest].join(' AND ')} ${order} LIMIT ${page.limit})`,
  );
  return `SELECT found.* FROM (${parts.join('\nUNION ALL\n')} ${order} LIMIT ${page.limit}) AS page
    JOIN ergate_case AS found ON found.id = page.id ${orderOf(page, 'page.')}`;
}

/** There are many of them, and nobody is in a hurry. */
function buildClosedList(filter: CaseFilter, page: BoundedPage): string {
  const { pipelines, table, shard, kind, runId } = filter;
  const words = { table_name: table, shard, kind };
  const conditions = [
    `pipeline IN (${pipelines.map(textLiteral).join()})`,
    ...Object.entries(words).flatMap(([name, word]) => (word === undefined ? [] : [is(name, word)])),
    ...(runId === undefined ? [] : [`run_id = ${runId}`]),
    ...listConditions(filter, page),
  ];
  return `SELECT * FROM ergate_case_history WHERE ${conditions.join(' AND ')} ${orderOf(page)} LIMIT ${page.limit}`;
}

/** The index that begins with the rarest of what is asked for, and all that may stand in its columns. */
function chooseIndex({ pipelines, table, shard, state, kind, runId }: CaseFilter) {
  const states = (state === undefined ? OPEN_STATES : [state]).map((one) => is('state', one));
  const kinds = (kind === undefined ? KINDS : [kind]).map((one) => is('kind', one));
  const owners = pipelines.map((one) => is('pipeline', one));
  const isTable = table === undefined ? [] : [is('table_name', table)];
  const isShard = shard === undefined ? [] : [is('shard', shard)];
  if (runId !== undefined) {
    const isKind = kind === undefined ? [] : [is('kind', kind)];
    const isPipeline = `pipeline IN (${pipelines.map(textLiteral).join()})`;
    const prefixes = combine([[`run_id = ${runId}`], states]);
    return {
      index: 'of_run',
      prefixes: prefixes.map((one) => [...one, isPipeline, ...isTable, ...isShard, ...isKind]),
    };
  }
  if (table !== undefined) {
    const prefixes = combine([owners, isTable, states, kinds]);
    return { index: 'by_table', prefixes: prefixes.map((one) => [...one, ...isShard]) };
  }
  return shard === undefined
    ? { index: 'by_state', prefixes: combine([owners, states, kinds]) }
    : { index: 'by_shard', prefixes: combine([owners, isShard, states, kinds]) };
}

/** What no index holds in its order. */
function listConditions(filter: CaseFilter, { order, behindId, fromId }: BoundedPage): readonly string[] {
  const { sinceMs, commitFromMs, commitToMs, offsets } = filter;
  const conditions: string[] = [];
  if (behindId !== undefined) {
    conditions.push(`id ${order === 'newest' ? '<' : '>'} ${behindId}`);
  }
  if (sinceMs !== undefined) {
    conditions.push(`first_seen_ms >= ${Math.round(sinceMs)}`);
  }
  if (fromId !== undefined) {
    conditions.push(`id >= ${fromId}`);
  }
  if (commitFromMs !== undefined) {
    conditions.push(`commit_ms >= ${Math.round(commitFromMs)}`);
  }
  if (commitToMs !== undefined) {
    conditions.push(`commit_ms <= ${Math.round(commitToMs)}`);
  }
  if (offsets !== undefined) {
    conditions.push(`partition_no = ${offsets.partition} AND offset_no BETWEEN ${offsets.from} AND ${offsets.to}`);
  }
  return conditions;
}

/** One of each, in all ways. */
function combine(choices: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return choices.reduce<readonly (readonly string[])[]>(
    (ways, choice) => ways.flatMap((way) => choice.map((one) => [...way, one])),
    [[]],
  );
}

function is(column: string, word: string): string {
  return `${column} = ${textLiteral(word)}`;
}

function orderOf({ order }: CasePage, table = ''): string {
  return `ORDER BY ${table}id ${order === 'newest' ? 'DESC' : 'ASC'}`;
}
