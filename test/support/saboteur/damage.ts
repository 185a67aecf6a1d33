/**
 * What somebody else might do to a row at the target, behind the back of the replication. Pure: the row and the random
 * numbers decide, and the outcome is the statements that do it.
 */
import type { SeededRandom } from '../../../deploy/banana/seeded-random.ts';

export const DAMAGE_KINDS = [
  'column',
  'bit',
  'null-or-empty',
  'case',
  'trailing-space',
  'signed-zero',
  'microsecond',
  'deleted',
  'rogue',
  'wrong-shard',
  'lowered-version',
  'raised-version',
] as const;
export type DamageKind = (typeof DAMAGE_KINDS)[number];

/** How the values of a column can be changed. */
export type ColumnForm = 'text' | 'bytes' | 'integer' | 'decimal' | 'double' | 'time' | 'json';

export interface DamagedColumn {
  readonly name: string;
  readonly form: ColumnForm;
  readonly nullable?: boolean;
  /** Of text, characters; of bytes, bytes. */
  readonly maxLength?: number;
}

export interface DamagedTable {
  readonly table: string;
  readonly key: readonly DamagedColumn[];
  readonly columns: readonly DamagedColumn[];
  /** SQL: rows that the load hardly changes again. Left out: none. */
  readonly resting?: string;
}

/** Column to value, as the driver gives it with texts for numbers and times; marker columns included. */
export type TargetRow = Readonly<Record<string, string | Buffer | null>>;

export interface Damage {
  readonly kind: DamageKind;
  /** Columns that are wrong afterwards; empty when a row is missing or too many. */
  readonly columns: readonly string[];
  /** own: on the shard of the row · other: on another shard of the same target */
  readonly on: 'own' | 'other';
  readonly sql: string;
  /** Of the row that is wrong afterwards: key column to text. */
  readonly key: Readonly<Record<string, string>>;
  readonly leaves: 'different' | 'missing' | 'extra';
}

const VERSION_COLUMN = 'ergate_seq';
/** No key of the load is near it. */
const ROGUE_KEY = 9_100_000_000_000_000_000n;

/** @returns undefined when this cannot be done to the row, such as another case to a text without letters */
export function damageRow(
  kind: DamageKind,
  table: DamagedTable,
  row: TargetRow,
  random: SeededRandom,
): Damage | undefined {
  switch (kind) {
    case 'deleted':
      return {
        ...describe(kind, table, row, []),
        leaves: 'missing',
        sql: `DELETE FROM ${table.table} WHERE ${where(table, row)}`,
      };
    case 'rogue': {
      const rogue = { ...row, ...buildRogueKey(table, random) };
      return { ...describe(kind, table, rogue, []), leaves: 'extra', sql: insert(table, rogue) };
    }
    case 'wrong-shard':
      return { ...describe(kind, table, row, []), leaves: 'extra', on: 'other', sql: insert(table, row) };
    case 'lowered-version':
    case 'raised-version':
      return damageVersion(kind, table, row, random);
    default:
      return damageColumn(kind, table, row, random);
  }
}

type ColumnDamage = Exclude<DamageKind, 'deleted' | 'rogue' | 'wrong-shard' | 'lowered-version' | 'raised-version'>;

function damageColumn(
  kind: ColumnDamage,
  table: DamagedTable,
  row: TargetRow,
  random: SeededRandom,
): Damage | undefined {
  const choices = table.columns.flatMap((column) => {
    const expression = changeCell(kind, column, row[column.name] ?? null, random);
    return expression === undefined ? [] : [{ column: column.name, expression }];
  });
  if (choices.length === 0) {
    return undefined;
  }
  const { column, expression } = random.pick(choices);
  return {
    ...describe(kind, table, row, [column]),
    leaves: 'different',
    sql: update(table, row, { [column]: expression }),
  };
}

/** An older or a newer writer than ours, with its own value. */
function damageVersion(
  kind: 'lowered-version' | 'raised-version',
  table: DamagedTable,
  row: TargetRow,
  random: SeededRandom,
): Damage | undefined {
  const damage = damageColumn('column', table, row, random);
  const version = row[VERSION_COLUMN];
  if (damage === undefined || typeof version !== 'string') {
    return undefined;
  }
  const next = BigInt(version) + (kind === 'raised-version' ? 1n : -1n);
  return { ...damage, kind, sql: damage.sql.replace(' WHERE ', `, ${VERSION_COLUMN} = ${next} WHERE `) };
}

/** @returns an SQL expression that is not equal to the value */
function changeCell(
  kind: ColumnDamage,
  column: DamagedColumn,
  value: string | Buffer | null,
  random: SeededRandom,
): string | undefined {
  switch (kind) {
    case 'column':
      return replaceValue(column, value, random);
    case 'bit':
      return flipBit(column, value, random);
    case 'null-or-empty':
      return swapNullAndEmpty(column, value);
    case 'case':
      return isText(column, value) ? swapCase(value) : undefined;
    case 'trailing-space':
      return isText(column, value) && hasRoom(column, value) ? quote(`${value} `) : undefined;
    case 'signed-zero':
      return column.form === 'double' && value === '0' ? '-0e0' : undefined;
    case 'microsecond':
      return column.form === 'time' && value !== null ? `${column.name} + INTERVAL 1 MICROSECOND` : undefined;
    default:
      return kind satisfies never;
  }
}

function replaceValue(column: DamagedColumn, value: string | Buffer | null, random: SeededRandom): string | undefined {
  const number = 1 + random.below(1_000);
  switch (column.form) {
    case 'text':
      return quote(value === null || !isText(column, value) || !hasRoom(column, value) ? `t${number}` : `${value}x`);
    case 'bytes':
      return value === null ? "x'00'" : `x'${Buffer.from(value).toString('hex').slice(2)}'`; // one byte fewer
    case 'integer':
    case 'decimal':
    case 'double':
      // Towards zero: some rows hold the highest or the lowest value there is.
      return value === null ? String(number) : `${column.name} ${String(value).startsWith('-') ? '+' : '-'} ${number}`;
    case 'time':
      return value === null ? "'2001-02-03 04:05:06.000007'" : `${column.name} - INTERVAL ${number} SECOND`;
    case 'json':
      return quote(`{"damaged": ${number}}`);
    default:
      return column.form satisfies never;
  }
}

function flipBit(column: DamagedColumn, value: string | Buffer | null, random: SeededRandom): string | undefined {
  if (value === null || value.length === 0) {
    return undefined;
  }
  if (column.form === 'integer') {
    return `${column.name} ^ 1`;
  }
  if (Buffer.isBuffer(value)) {
    const bytes = Buffer.from(value);
    const at = random.below(bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
    return `x'${bytes.toString('hex')}'`;
  }
  return column.form === 'text' ? flipLetter(value) : undefined;
}

/** The lowest bit of the first letter or digit: what comes is a letter, a digit or a sign next to them. */
function flipLetter(value: string): string | undefined {
  const at = value.search(/[0-9B-Yb-y]/);
  if (at < 0) {
    return undefined;
  }
  const flipped = String.fromCharCode(value.charCodeAt(at) ^ 1);
  return quote(value.slice(0, at) + flipped + value.slice(at + 1));
}

function swapNullAndEmpty({ form, nullable }: DamagedColumn, value: string | Buffer | null): string | undefined {
  if (nullable !== true || (form !== 'text' && form !== 'bytes')) {
    return undefined;
  }
  if (value === null) {
    return "''";
  }
  return value.length === 0 ? 'NULL' : undefined;
}

function swapCase(value: string): string | undefined {
  const at = value.search(/[A-Za-z]/);
  const letter = value[at];
  if (letter === undefined) {
    return undefined;
  }
  const other = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
  return quote(value.slice(0, at) + other + value.slice(at + 1));
}

function isText({ form }: DamagedColumn, value: string | Buffer | null): value is string {
  return form === 'text' && typeof value === 'string';
}

function hasRoom({ maxLength = Number.POSITIVE_INFINITY }: DamagedColumn, value: string): boolean {
  return [...value].length < maxLength;
}

/** The last column of the key becomes one that the source does not have. */
function buildRogueKey({ key }: DamagedTable, random: SeededRandom): TargetRow {
  const last = key.at(-1);
  if (last === undefined) {
    throw new Error('a table to damage needs a key');
  }
  const number =
    key.length === 1
      ? ROGUE_KEY + BigInt(random.below(1_000_000_000))
      : 1_000_000n + BigInt(random.below(1_000_000_000));
  return { [last.name]: String(number) };
}

function describe(
  kind: DamageKind,
  { key }: DamagedTable,
  row: TargetRow,
  columns: readonly string[],
): Omit<Damage, 'sql' | 'leaves'> {
  const cells = key.map(({ name }) => [name, String(row[name])] as const);
  return { kind, columns, on: 'own', key: Object.fromEntries(cells) };
}

function update(table: DamagedTable, row: TargetRow, set: Readonly<Record<string, string>>): string {
  const changes = Object.entries(set).map(([name, expression]) => `${name} = ${expression}`);
  return `UPDATE ${table.table} SET ${changes.join(', ')} WHERE ${where(table, row)}`;
}

function insert({ table }: DamagedTable, row: TargetRow): string {
  const cells = Object.values(row).map((value) => (value === null ? 'NULL' : quoteCell(value)));
  return `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${cells.join(', ')})`;
}

/** Of exactly this version of the row: what the replication writes in between is not damaged. */
function where({ key }: DamagedTable, row: TargetRow): string {
  const cells = key.map(({ name }) => `${name} = ${row[name]}`);
  const version = row[VERSION_COLUMN] ?? null;
  return [...cells, version === null ? `${VERSION_COLUMN} IS NULL` : `${VERSION_COLUMN} = ${version}`].join(' AND ');
}

function quoteCell(value: string | Buffer): string {
  return Buffer.isBuffer(value) ? `x'${value.toString('hex')}'` : quote(value);
}

/** Any bytes, whatever the session thinks of backslashes. */
function quote(text: string): string {
  return `_utf8mb4 x'${Buffer.from(text).toString('hex')}'`;
}
