/** One transaction of case writes: the place is checked, cases are opened, changed and closed, and what belongs to them is noted. */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Case } from './case.ts';
import { CASE_COLUMN_NAMES, CHANGING_COLUMNS, hashKey, writeCase, writeRow } from './case-row.ts';
import type { CasePlace, CaseRow, CaseWrite } from './case-store.ts';
import { cutMiddle } from './cut-middle.ts';
import { isFinding } from './read-finding.ts';
import { nullableText, textLiteral } from './state-literal.ts';
import { NOW_MS, type QueryFunc, readChanged } from './state-session.ts';
import { chunkRows } from './statement-chunks.ts';

type Open = CaseWrite & { readonly kind: 'open' };
type Change = CaseWrite & { readonly kind: 'change' };

const MAX_NOTE_BYTES = 4_096;
const MAX_BY = 100;
const MUTABLE = [...CHANGING_COLUMNS, 'rev'].map((name) => `${name} = VALUES(${name})`).join(', ');
const MOVED = ['id', ...CASE_COLUMN_NAMES, 'rev', 'previous_id'].join(', ');

/**
 * Held by whoever writes to its end, so that a place that is taken over writes nothing afterwards.
 *
 * @throws ReplicationError ERG_5101
 */
export async function holdPlace(query: QueryFunc, { pipeline, partition, epoch }: CasePlace): Promise<void> {
  const [row] = await query(`SELECT epoch FROM ergate_case_place
    WHERE pipeline = ${textLiteral(pipeline)} AND partition_no = ${partition} LOCK IN SHARE MODE`);
  if (row === undefined || Number(row['epoch']) !== epoch) {
    const holder = row === undefined ? 'nobody' : `place ${row['epoch']}`;
    throw new ReplicationError(
      'ERG_5101',
      `the cases of ${pipeline} ${partition} belong to ${holder}, not to place ${epoch}`,
    );
  }
}

/** @returns what each is now; undefined: not written */
export async function writeCases(
  query: QueryFunc,
  writes: readonly CaseWrite[],
): Promise<readonly (Case | undefined)[]> {
  const [clock] = await query(`SELECT ${NOW_MS} AS now_ms`);
  const nowMs = Number(clock?.['now_ms']);
  const written = new Map<CaseWrite, Case>();
  await changeCases(
    query,
    writes.filter((write) => write.kind === 'change'),
    { nowMs, written },
  );
  await openCases(
    query,
    writes.filter((write) => write.kind === 'open'),
    written,
  );
  await noteSteps(query, written, nowMs);
  await settleOrders(query, [...written.keys()], nowMs);
  await moveOrders(query, written);
  for (const [{ finding }, { id }] of written) {
    if (finding !== undefined) {
      await query(`UPDATE ergate_finding SET case_id = ${id} WHERE ${isFinding(finding)}`);
    }
  }
  return writes.map((write) => written.get(write));
}

/** All at once; rows whose rev is another are passed over. */
async function changeCases(
  query: QueryFunc,
  changes: readonly Change[],
  { nowMs, written }: { readonly nowMs: number; readonly written: Map<CaseWrite, Case> },
): Promise<void> {
  if (changes.length === 0) {
    return;
  }
  const ids = [...new Set(changes.map(({ before }) => before.id))];
  const found = await query(`SELECT id, rev FROM ergate_case WHERE id IN (${ids.join()}) ORDER BY id FOR UPDATE`);
  const revs = new Map(found.map((row) => [String(row['id']), Number(row['rev'])]));
  const newest = new Map<bigint, Case>();
  for (const change of changes) {
    const { before, next } = change;
    if (revs.get(String(before.id)) === before.rev) {
      const now = { ...next, id: before.id, rev: before.rev + 1 };
      newest.set(before.id, now);
      written.set(change, now);
      revs.set(String(before.id), next.state === 'closed' ? Number.NaN : now.rev);
    }
  }
  // By the primary key, which is there: nothing is inserted.
  const rows = [...newest.values()].map((one) => `(${[one.id, ...writeCase(one), one.rev].join()})`);
  for (const chunk of chunkRows(rows)) {
    await query(`INSERT INTO ergate_case (id, ${CASE_COLUMN_NAMES.join()}, rev) VALUES ${chunk}
      ON DUPLICATE KEY UPDATE ${MUTABLE}`);
  }
  const closed = [...newest.values()].filter(({ state }) => state === 'closed').map(({ id }) => id);
  if (closed.length > 0) {
    await query(`INSERT INTO ergate_case_history (${MOVED}, closed_ms)
      SELECT ${MOVED}, ${nowMs} FROM ergate_case WHERE id IN (${closed.join()})`);
    await query(`DELETE FROM ergate_case WHERE id IN (${closed.join()})`);
  }
}

/** One per row: those whose row has an open one are passed over. */
async function openCases(query: QueryFunc, opens: readonly Open[], written: Map<CaseWrite, Case>): Promise<void> {
  const byRow = new Map<string, Open>();
  for (const open of opens) {
    const name = nameRow(open.next.pipeline, open.next.row);
    byRow.set(name, byRow.get(name) ?? open);
  }
  for (const name of (await findIds(query, byRow)).keys()) {
    byRow.delete(name);
  }
  const rows = [...byRow.values()].map(({ next }) => `(${[...writeCase(next), 0, next.previousId ?? 'NULL'].join()})`);
  let inserted = 0;
  for (const chunk of chunkRows(rows)) {
    await query(`INSERT INTO ergate_case (${CASE_COLUMN_NAMES.join()}, rev, previous_id) VALUES ${chunk}
      ON DUPLICATE KEY UPDATE rev = ergate_case.rev`);
    inserted += await readChanged(query);
  }
  if (inserted !== rows.length) {
    throw new ReplicationError('ERG_5001', 'another has opened a case of the same row in this moment');
  }
  const ids = await findIds(query, byRow);
  for (const [name, open] of byRow) {
    const { previousId: _kept, ...next } = open.next;
    written.set(open, { ...next, id: ids.get(name) ?? missing(name), rev: 0 });
  }
}

async function findIds(query: QueryFunc, opens: ReadonlyMap<string, Open>): Promise<ReadonlyMap<string, bigint>> {
  const ids = new Map<string, bigint>();
  for (const [pipeline, group] of Map.groupBy(opens.values(), ({ next }) => next.pipeline)) {
    const found = await query(`SELECT id, table_name, shard, LOWER(HEX(key_sha256)) AS key_hash FROM ergate_case
      WHERE pipeline = ${textLiteral(pipeline)} AND (${isAnyOf(group.map(({ next }) => next.row))})`);
    for (const row of found) {
      const parts = [pipeline, row['table_name'], row['shard'], row['key_hash']];
      ids.set(JSON.stringify(parts.map(String)), BigInt(String(row['id'])));
    }
  }
  return ids;
}

function nameRow(pipeline: string, { table, shard, rowKey }: CaseRow): string {
  return JSON.stringify([pipeline, table, shard, hashKey(rowKey)]);
}

/** A condition of ranges in the index of the rows, one per table and shard. @param rows one at least */
export function isAnyOf(rows: readonly CaseRow[]): string {
  const groups = Map.groupBy(rows, ({ table, shard }) => JSON.stringify([table, shard]));
  const conditions = [...groups.values()].map((group) => {
    const [table, shard] = writeRow(group[0] as CaseRow); // a group has one at least
    const keys = group.map(({ rowKey }) => `x'${hashKey(rowKey)}'`);
    return `(table_name = ${table} AND shard = ${shard} AND key_sha256 IN (${keys.join()}))`;
  });
  return conditions.join(' OR ');
}

async function noteSteps(query: QueryFunc, written: ReadonlyMap<CaseWrite, Case>, nowMs: number): Promise<void> {
  const rows = [...written].flatMap(([write, now]) => {
    const { step } = write;
    if (step === undefined) {
      return [];
    }
    const values = [
      now.id,
      textLiteral(now.pipeline),
      now.partition,
      nowMs,
      textLiteral(step.event),
      nullableText(write.kind === 'change' ? write.before.state : undefined),
      textLiteral(now.state),
      textLiteral(cutMiddle(step.by, MAX_BY)),
      textLiteral(cutMiddle(step.note, MAX_NOTE_BYTES)),
      nullableText(step.before === undefined ? undefined : JSON.stringify(step.before)),
    ];
    return [`(${values.join()})`];
  });
  for (const chunk of chunkRows(rows)) {
    await query(`INSERT INTO ergate_case_event
      (case_id, pipeline, partition_no, at_ms, event, from_state, to_state, done_by, note, before_image) VALUES ${chunk}`);
  }
}

async function settleOrders(query: QueryFunc, writes: readonly CaseWrite[], nowMs: number): Promise<void> {
  const ids = writes.flatMap(({ orderId }) => orderId ?? []);
  if (ids.length > 0) {
    await query(
      `UPDATE ergate_case_order SET settled_ms = ${nowMs} WHERE id IN (${ids.join()}) AND settled_ms IS NULL`,
    );
  }
}

/** What is ordered of a case is taken where the case is driven. */
async function moveOrders(query: QueryFunc, written: ReadonlyMap<CaseWrite, Case>): Promise<void> {
  for (const [write, { id, partition }] of written) {
    if (write.kind === 'change' && write.before.partition !== partition) {
      await query(
        `UPDATE ergate_case_order SET partition_no = ${partition} WHERE case_id = ${id} AND settled_ms IS NULL`,
      );
    }
  }
}

function missing(name: string): never {
  throw new ReplicationError('ERG_9000', `a case that was just opened is not there: ${name}`);
}
