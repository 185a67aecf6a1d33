/**
 * Floor of the drain benchmark, run as a child process: one prepared statement per row, guarded, 500 in a transaction; what
 * a JDBC batch without rewriting does.
 */
import mysql from 'mysql2/promise';
import { consumeTopic, type PlainChange } from './consume-topic.ts';
import { DRAIN_COLUMNS, DRAIN_TABLE } from './drain-workload.ts';
import { readTask } from './writer-task.ts';

const ROWS_PER_TRANSACTION = 500;
const GUARD = 'ergate_seq IS NULL OR VALUES(ergate_seq) >= ergate_seq';
const written = [...DRAIN_COLUMNS, 'ergate_yn', 'ergate_seq'];
const assignments = written
  .filter((name) => name !== 'id')
  .map((name) => `${name}=IF(${GUARD}, VALUES(${name}), ${name})`);
const UPSERT = `INSERT INTO ${DRAIN_TABLE} (${written.join(',')}) VALUES (${written.map(() => '?').join(',')}) ON DUPLICATE KEY UPDATE ${assignments.join(',')}`;
const DELETE = `DELETE FROM ${DRAIN_TABLE} WHERE id=? AND (ergate_seq IS NULL OR ergate_seq <= ?)`;

const task = readTask();
const connection = await mysql.createConnection(task.target);
let sequence = 0;

async function write(change: PlainChange): Promise<void> {
  if (sequence % ROWS_PER_TRANSACTION === 0) {
    await connection.query('COMMIT');
    await connection.query('START TRANSACTION');
  }
  sequence++;
  const { new: after, old } = change;
  if (after === null) {
    await connection.execute(DELETE, [old?.['id'] ?? null, sequence]);
  } else {
    await connection.execute(UPSERT, [...DRAIN_COLUMNS.map((name) => after[name] ?? null), 1, sequence]);
  }
}

await consumeTopic(task, write);
await connection.query('COMMIT');
await connection.end();
