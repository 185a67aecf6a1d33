import mysql, { type RowDataPacket } from 'mysql2/promise';
import { MARKER_COLUMNS } from '../../../deploy/banana/order-schema.ts';
import type { Endpoint } from '../../compare/endpoints.ts';
import type { DoneDamage } from './saboteur.ts';

const MARKERS = new Set(MARKER_COLUMNS.map((column) => column.split(' ')[0]));

/**
 * The row is at the target what it is at the source, for its own look. A sink that was killed writes again what it had not
 * committed, and mends by that what was damaged meanwhile.
 */
export async function isMended(damage: DoneDamage, source: Endpoint, target: Endpoint): Promise<boolean> {
  const [here, there] = await Promise.all([readRow(source, damage), readRow(target, damage)]);
  return here === there;
}

/** @returns as text; undefined when there is none */
async function readRow(
  { host, port, user, password, database }: Endpoint,
  { table, key }: DoneDamage,
): Promise<string | undefined> {
  const where = Object.entries(key).map(([name, text]) => `${name} = ${text}`);
  const connection = await mysql.createConnection({ host, port, user, password, database, dateStrings: true });
  try {
    const [rows] = await connection.query<RowDataPacket[]>({
      sql: `SELECT * FROM ${table} WHERE ${where.join(' AND ')}`,
      typeCast: (field) => field.buffer()?.toString('hex') ?? null,
    });
    return rows[0] && JSON.stringify(Object.entries(rows[0]).filter(([name]) => !MARKERS.has(name)));
  } finally {
    await connection.end();
  }
}
