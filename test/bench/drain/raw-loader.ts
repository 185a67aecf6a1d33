/**
 * Ceiling of the drain benchmark, run as a child process: the fastest loader that a user would write in an afternoon. Plain
 * JSON.parse, last write wins per key, one multi-row upsert and one delete per thousand changes in one packet, the next
 * thousand read meanwhile. No guard, no version, no offsets, no lossless
 * numbers; of all errors only a deadlock is retried.
 */
import mysql from 'mysql2/promise';
import { consumeTopic, type PlainChange } from './consume-topic.ts';
import { DRAIN_COLUMNS, DRAIN_TABLE } from './drain-workload.ts';
import { readTask } from './writer-task.ts';

const CHANGES_PER_BATCH = 1_000;
const DEADLOCK = 1213;
const MAX_TRIES = 20;
const assignments = DRAIN_COLUMNS.filter((name) => name !== 'id').map((name) => `${name}=VALUES(${name})`);
const INSERT = `INSERT INTO ${DRAIN_TABLE} (${DRAIN_COLUMNS.join(',')}) VALUES ? ON DUPLICATE KEY UPDATE ${assignments.join(',')}`;
const DELETE = `DELETE FROM ${DRAIN_TABLE} WHERE id IN (?)`;

const task = readTask();
const connection = await mysql.createConnection({ ...task.target, multipleStatements: true });
await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');

let newest = new Map<number, PlainChange>();
let taken = 0;
let writing: Promise<void> = Promise.resolve();

async function flush(): Promise<void> {
  const changes = newest;
  newest = new Map();
  await writing;
  writing = write(buildBatch(changes));
}

/** Two loaders on one table deadlock now and then: neighbouring keys lie in one page. */
async function write(sql: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await connection.query(sql);
      return;
    } catch (error) {
      await connection.query('ROLLBACK');
      if ((error as { errno?: number }).errno !== DEADLOCK || tries === MAX_TRIES) {
        throw error;
      }
    }
  }
}

function buildBatch(changes: ReadonlyMap<number, PlainChange>): string {
  const rows: (string | number | null)[][] = [];
  const gone: number[] = [];
  for (const [id, { new: after }] of changes) {
    if (after === null) {
      gone.push(id);
    } else {
      rows.push(DRAIN_COLUMNS.map((name) => after[name] ?? null));
    }
  }
  const statements = ['START TRANSACTION'];
  if (gone.length > 0) {
    statements.push(mysql.format(DELETE, [gone]));
  }
  if (rows.length > 0) {
    statements.push(mysql.format(INSERT, [rows]));
  }
  return [...statements, 'COMMIT'].join(';');
}

await consumeTopic(task, (change) => {
  const id = Number((change.new ?? change.old)?.['id']);
  newest.set(id, change);
  taken++;
  return taken % CHANGES_PER_BATCH === 0 ? flush() : undefined;
});
await flush();
await writing;
await connection.end();
