import mysql from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';

/** By the time that the load stamps on every row that it writes. @returns false also while the target is away */
export async function hasRowsSince(
  { name, host, port, user, password, database }: Endpoint,
  fromMs: number,
): Promise<boolean> {
  const from = new Date(fromMs).toISOString().slice(0, -1);
  const table = name === 'settlement' ? 'orders' : 'product_order';
  try {
    const connection = await mysql.createConnection({ host, port, user, password, database, connectTimeout: 1_000 });
    connection.on('error', () => {}); // the next query tells it
    try {
      const sql = `SELECT MAX(updated_at) > '${from}' AS isNew FROM ${table}`;
      const [rows] = await connection.query<mysql.RowDataPacket[]>({ sql, timeout: 1_000 });
      return Number(rows[0]?.['isNew']) === 1;
    } finally {
      connection.destroy();
    }
  } catch {
    return false;
  }
}
