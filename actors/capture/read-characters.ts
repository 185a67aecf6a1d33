/** Asks the source for its collations, and for the characters of the sets that captured tables use. */
import type { MysqlConnection, MysqlRow } from '../runtime/mysql-connection.ts';
import { type CharacterTable, hasDecodeRule, type SourceCharacters } from './decode-text.ts';

const DEADLINE_MS = 10_000;
/** Answer of a server whose collations belong to one character set each. */
const UNKNOWN_COLUMN = 1054;
const QUESTION_MARK = '3F';
/** U+FFFD: tis620 has four codes that mean it, so that none of them would be found again. */
const REPLACEMENT = 'EFBFBD';

const SELECT_BY_SET =
  'SELECT ID AS id, CHARACTER_SET_NAME AS name FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY';
const SELECT_COLLATIONS = 'SELECT ID AS id, CHARACTER_SET_NAME AS name FROM information_schema.COLLATIONS';

/** @param sets of the columns of captured tables */
export async function readCharacters(connection: MysqlConnection, sets: Iterable<string>): Promise<SourceCharacters> {
  const collations = await readCollations(connection);
  const tables = new Map<string, CharacterTable>();
  for (const set of new Set(sets)) {
    if (!hasDecodeRule(set) && hasTable(set)) {
      tables.set(set, buildTable(await connection.query(selectCharacters(set), DEADLINE_MS)));
    }
  }
  return { setByCollation: collations, tables };
}

async function readCollations(connection: MysqlConnection): Promise<ReadonlyMap<number, string>> {
  const rows = await connection.query(SELECT_BY_SET, DEADLINE_MS).catch((error) => {
    if (error.errno === UNKNOWN_COLUMN) {
      return connection.query(SELECT_COLLATIONS, DEADLINE_MS);
    }
    throw error;
  });
  return new Map(
    rows.filter(({ id, name }) => id !== null && name !== null).map(({ id, name }) => [Number(id), String(name)]),
  );
}

/** gb18030 has over a million characters in four bytes; its columns are refused. The name goes into SQL as it is. */
function hasTable(set: string): boolean {
  return /^[a-z0-9]+$/.test(set) && set !== 'gb18030' && set !== 'binary';
}

/**
 * Every code of one and two bytes, and those of three behind 8F (ujis, eucjpms), with what the server makes of it. A first
 * byte of two is never below 80.
 */
function selectCharacters(set: string): string {
  const digits = Array.from({ length: 16 }, (_, digit) => `SELECT ${digit} AS n`).join(' UNION ALL ');
  const pair = 'CHAR(a.n*16+b.n, c.n*16+d.n)';
  return `WITH digit AS (${digits})
    SELECT HEX(code) AS code, HEX(CONVERT(CONVERT(code USING ${set}) USING utf8mb4)) AS text FROM (
      SELECT CHAR(a.n*16+b.n) AS code FROM digit a, digit b
      UNION ALL SELECT ${pair} FROM digit a, digit b, digit c, digit d WHERE a.n >= 8
      UNION ALL SELECT CONCAT(CHAR(143), ${pair}) FROM digit a, digit b, digit c, digit d WHERE a.n >= 8
    ) AS codes WHERE CHAR_LENGTH(CONVERT(code USING ${set})) = 1`;
}

/** A code that means no character is shown as a question mark. */
function isCharacter(code: string, text: string): boolean {
  return text !== REPLACEMENT && (text !== QUESTION_MARK || code === QUESTION_MARK);
}

function buildTable(rows: readonly MysqlRow[]): CharacterTable {
  const single = new Map<number, string>();
  const wide = new Map<number, string>();
  for (const row of rows) {
    const code = String(row['code']);
    if (typeof row['text'] === 'string' && isCharacter(code, row['text'])) {
      const byLength = code.length === 2 ? single : wide;
      byLength.set(Number.parseInt(code, 16), Buffer.from(row['text'], 'hex').toString('utf8'));
    }
  }
  return { single, wide };
}
