import mysql from 'mysql2/promise';
import type { DrainServer } from '../drain/contestant.ts';
import { CREATE_DRAIN_TABLE, DRAIN_COLUMNS, DRAIN_TABLE } from '../drain/drain-workload.ts';

const DATABASE = 'bench_source';
const ROWS_PER_INSERT = 5_000;

/**
 * Makes the source that the changes came from, which holds what the target does. A verifier asks it about a row that is not
 * at the target although a change wrote it: most of those were deleted later.
 *
 * @returns where it is
 */
export async function copyTable(target: DrainServer, server: DrainServer): Promise<DrainServer> {
  const options = { dateStrings: true, supportBigNumbers: true, bigNumberStrings: true } as const;
  const from = await mysql.createConnection({ ...target, ...options });
  const to = await mysql.createConnection({ ...server, ...options, multipleStatements: true });
  try {
    await to.query(
      `DROP DATABASE IF EXISTS ${DATABASE}; CREATE DATABASE ${DATABASE}; USE ${DATABASE}; ${CREATE_DRAIN_TABLE}`,
    );
    const columns = DRAIN_COLUMNS.join(',');
    const [rows] = await from.query({ sql: `SELECT ${columns} FROM ${DRAIN_TABLE}`, rowsAsArray: true });
    const all = rows as unknown as readonly unknown[][]; // by rowsAsArray
    for (let at = 0; at < all.length; at += ROWS_PER_INSERT) {
      await to.query(`INSERT INTO ${DRAIN_TABLE} (${columns}) VALUES ?`, [all.slice(at, at + ROWS_PER_INSERT)]);
    }
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
  return { ...server, database: DATABASE };
}
