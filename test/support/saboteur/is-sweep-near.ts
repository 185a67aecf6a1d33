import mysql, { type RowDataPacket } from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';

/**
 * Some pipeline is being swept, will be within this time, or was never: then a sweep might find what is there for the verifier
 * to find.
 */
export async function isSweepNear(
  { host, port, user, password, database }: Endpoint,
  pipelines: number,
  { everyMs, withinMs }: { readonly everyMs: number; readonly withinMs: number },
): Promise<boolean> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT pipeline FROM ergate_sweep GROUP BY pipeline HAVING SUM(ended_at IS NULL) = 0
         AND TIMESTAMPDIFF(MICROSECOND, MAX(ordered_at), NOW(3)) / 1000 < ${everyMs - withinMs}`,
    );
    return rows.length < pipelines;
  } finally {
    await connection.end();
  }
}
