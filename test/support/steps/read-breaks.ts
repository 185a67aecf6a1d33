import mysql, { type RowDataPacket } from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';

/**
 * The history of each case is one way from its report to its end: each step begins where the one before it ended.
 * @returns where it is not, one sentence each
 */
export async function readBreaks({ host, port, user, password, database }: Endpoint): Promise<readonly string[]> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT id, case_id, event, from_state, to_state FROM ergate_case_event ORDER BY case_id, id',
    );
    return rows.flatMap((row, index) => {
      const before = rows[index - 1];
      const expected = before?.['case_id'] === row['case_id'] ? before?.['to_state'] : null;
      const isLast = rows[index + 1]?.['case_id'] !== row['case_id'];
      const told = `case ${row['case_id']}: ${row['event']} from ${row['from_state']} to ${row['to_state']}`;
      return [
        ...(row['from_state'] === expected ? [] : [`${told}, after ${expected}`]),
        ...(isLast && row['to_state'] !== 'closed' ? [`${told} is the last`] : []),
      ];
    });
  } finally {
    await connection.end();
  }
}
