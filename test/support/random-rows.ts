/** Tables that have a column of every type between them, and random rows of them. */
import type mysql from 'mysql2/promise';
import type { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import { normalizeJson } from './json-value.ts';
import { RANDOM_COLUMNS, type RandomColumn, type RandomValue, type Reading } from './random-values.ts';

export interface RandomTable {
  readonly name: string;
  /** Called c0, c1, … */
  readonly columns: readonly RandomColumn[];
}

export type RandomRow = readonly RandomValue[];

const NULL_VALUE: RandomValue = { json: 'null', sql: 'NULL', shown: '-' };

/** Several, so that a row is not so wide that few of them can be tried. */
export const RANDOM_TABLES: readonly RandomTable[] = ['a', 'b', 'c'].map((name, table) => ({
  name,
  columns: RANDOM_COLUMNS.filter((_, at) => at % 3 === table),
}));

export function createTables(more = ''): string {
  const statements = RANDOM_TABLES.map(({ name, columns }) => {
    const definitions = columns.map(({ type }, at) => `c${at} ${type} NULL`);
    return `CREATE TABLE ${name} (id INT PRIMARY KEY, ${definitions.join(', ')}${more}) CHARACTER SET utf8mb4`;
  });
  return statements.join(';');
}

export function randomRow({ columns }: RandomTable, random: SeededRandom): RandomRow {
  return columns.map(({ make }) => (random.chance(1 / 16) ? NULL_VALUE : make(random)));
}

/** Of a record. */
export function insertPayload({ name }: RandomTable, id: number, row: RandomRow): string {
  const cells = row.map(({ json }, at) => `"c${at}":${json}`).join(',');
  return `{"op":"insert","table":"${name}","old":null,"new":{"id":${id},${cells}}}`;
}

/** Values as the server shows them, in hexadecimal where anything on the way could change them. */
export async function readRows(
  session: mysql.Connection,
  { name, columns }: RandomTable,
  [from, to]: readonly [from: number, to: number],
): Promise<readonly string[]> {
  const cells = columns.map(({ reading }, at) => `COALESCE(${readingOf(`c${at}`, reading)}, '-')`);
  const [rows] = await session.query({
    sql: `SELECT CONCAT_WS('|', ${cells.join(', ')}) FROM ${name} WHERE id >= ${from} AND id < ${to} ORDER BY id`,
    rowsAsArray: true,
  });
  return (rows as [string][]).map(([line]) => line); // rowsAsArray
}

/** By value, which is all that MySQL keeps. */
function jsonOf(hex: string | undefined): string | undefined {
  return hex === undefined || hex === '-' ? hex : normalizeJson(Buffer.from(hex, 'hex').toString());
}

/** @returns what differs first, for a human; undefined when nothing does */
export function findDifference({ columns }: RandomTable, row: RandomRow, line: string | undefined): string | undefined {
  const cells = line?.split('|') ?? [];
  const isSame = ({ shown }: RandomValue, at: number) =>
    cells[at] === shown ||
    (typeof shown === 'number' && Number(cells[at]) === shown) ||
    (columns[at]?.reading === 'json' && jsonOf(cells[at]) === jsonOf(String(shown)));
  const at = row.findIndex((value, index) => !isSame(value, index));
  if (at < 0) {
    return undefined;
  }
  return `${columns[at]?.type} from ${row[at]?.json}: expected ${row[at]?.shown}, the server has ${cells[at]}`;
}

export function readingOf(column: string, reading: Reading): string {
  switch (reading) {
    case 'text':
    case 'json':
      return `HEX(CONVERT(${column} USING utf8mb4))`;
    case 'bytes':
      return `HEX(${column})`;
    case 'double':
      return `CAST(${column} + 0e0 AS CHAR)`;
    default:
      return `CAST(${column} AS CHAR)`;
  }
}
