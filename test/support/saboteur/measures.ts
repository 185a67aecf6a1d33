/** A table of numbers, whose rows nobody changes once they are there: for what only a number can be damaged by, and for rows that no change names. */
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { buildTable, CHANGE_COLUMNS, MARKER_COLUMNS } from '../../../deploy/banana/order-schema.ts';
import type { Endpoint } from '../../compare/endpoints.ts';
import type { DamagedTable } from './damage.ts';

/** What there is from the start. */
const FIRST_MEASURES = 300;

export const MEASURES: DamagedTable = {
  table: 'measure',
  resting: 'TRUE',
  key: [{ name: 'measure_no', form: 'integer' }],
  columns: [
    { name: 'weight', form: 'double', nullable: true },
    { name: 'label', form: 'text', maxLength: 40, nullable: true },
  ],
};

export const MEASURE_SETTINGS = { capture: 'measure: { recordKey: [measure_no] }', pipeline: 'measure: {}' } as const;

export function buildMeasureTable(side: 'source' | 'target'): string {
  const columns = ['measure_no BIGINT UNSIGNED NOT NULL', 'weight DOUBLE NULL', 'label VARCHAR(40) NULL'];
  const markers = side === 'target' ? MARKER_COLUMNS : [];
  return buildTable('measure', [...columns, ...CHANGE_COLUMNS, ...markers, 'PRIMARY KEY (measure_no)']);
}

/** Zeros, NULLs and empty texts among them. */
export async function fillMeasures(source: Endpoint): Promise<void> {
  const rows = Array.from({ length: FIRST_MEASURES }, (_, index) => buildRow(index));
  await ask(source, `INSERT INTO measure VALUES ${rows.join(', ')}`);
}

/** @param index of the row, from 0 */
export async function addMeasure(source: Endpoint, index: number): Promise<void> {
  await ask(source, `INSERT INTO measure VALUES ${buildRow(index)}`);
}

function buildRow(index: number): string {
  const weight = index % 2 === 0 ? '0e0' : index % 7 === 0 ? 'NULL' : `${index / 7}e0`;
  const label = ["''", 'NULL', `'label ${index}'`][index % 3];
  return `(${index + 1}, ${weight}, ${label}, 1, UTC_TIMESTAMP(6))`;
}

/** As texts that tell -0 from 0, and NULL from nothing. */
export function readMeasures(endpoint: Endpoint): Promise<readonly RowDataPacket[]> {
  return ask(
    endpoint,
    `SELECT measure_no, CAST(weight AS CHAR) AS weight, HEX(label) AS label, ver FROM measure ORDER BY measure_no`,
  );
}

async function ask({ host, port, user, password, database }: Endpoint, sql: string): Promise<RowDataPacket[]> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}
