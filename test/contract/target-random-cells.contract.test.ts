/**
 * Cells that are nearly right, of all types: a column then holds what the cell says, or the change was refused with a code;
 * never a third thing. What a cell says is decided here and not by the code under test. `FC_SEED` repeats a run,
 * `ERGATE_RANDOM_CELLS` sets the number of cells per type.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ShardWriter } from '../../actors/target/target-shard.ts';
import { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import { startMariadb } from '../../deploy/local/start-mariadb.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { aChange } from '../support/build-change.ts';
import { type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { propertySeed } from '../support/property-seed.ts';
import { readingOf } from '../support/random-rows.ts';
import { RANDOM_COLUMNS, type RandomColumn } from '../support/random-values.ts';
import { OWNER } from '../support/target-under-test.ts';

const CELLS_PER_TYPE = Number(process.env['ERGATE_RANDOM_CELLS'] ?? 25);

let seed: number;
let opened: FlavourServer;
let target: MysqlTarget;
let writer: ShardWriter;

beforeAll(async () => {
  seed = propertySeed().seed ?? Math.floor(Math.random() * 2 ** 32);
  opened = await openFlavour({ flavour: 'MariaDB', start: startMariadb }, { name: 'cells' });
  target = await MysqlTarget.open(opened.server, 'random_cells');
  await target.shard.takeFence(OWNER);
  writer = target.shard.openWriter(OWNER, 0);
});

afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

/** A sign more or less, another one, or two of them in the wrong order; of ten, two stay as they are. */
function spoil(cell: string, random: SeededRandom): string {
  const at = random.below(cell.length + 1);
  const [front, back] = [cell.slice(0, at), cell.slice(at)];
  const sign = random.pick([...'0123456789-+.:eE ,TZ/=\'"\\xAa', '\0']);
  switch (random.below(10)) {
    case 0:
    case 1:
      return cell;
    case 2:
    case 3:
      return front + sign + back;
    case 4:
    case 5:
      return front + back.slice(1);
    case 6:
    case 7:
      return front + sign + back.slice(1);
    case 8:
      return front;
    default:
      return `${front}${back.slice(0, 2).split('').reverse().join('')}${back.slice(2)}`;
  }
}

const hexOf = (bytes: string | Buffer) => Buffer.from(bytes).toString('hex').toUpperCase();

/** Digits times a power of ten, so that equal numbers are equal texts. */
function exact(number: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(number);
  if (match === null) {
    return undefined;
  }
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${sign}${significant}e${power}`;
}

/** In one spelling, six digits behind the second. */
function temporal(text: string): string | undefined {
  const match = /^(\d{4}-\d\d-\d\d)?[ T]?(?:(-?)(\d{1,3}):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?$/.exec(text);
  if (match === null || text === '') {
    return undefined;
  }
  const [, date = '', sign = '', hours, minutes, seconds, fraction = ''] = match;
  const time = hours && `${Number(hours)}:${minutes}:${seconds}.${fraction.padEnd(6, '0')}`;
  return `${date}|${time !== undefined && /[1-9]/.test(time) ? sign : ''}${time ?? ''}`;
}

function isStored({ type, reading }: RandomColumn, cell: string, shown: string): boolean {
  const [name = ''] = /^[A-Z]+/.exec(type) ?? [];
  switch (name) {
    case 'FLOAT':
      return Math.fround(Number(cell)) === Number(shown);
    case 'DOUBLE':
      return Number(cell) === Number(shown);
    case 'DATE':
    case 'DATETIME':
    case 'TIMESTAMP':
    case 'TIME':
      return temporal(cell) !== undefined && temporal(cell) === temporal(shown);
    case 'CHAR':
      return hexOf(cell.replace(/ +$/, '')) === shown;
    case 'ENUM':
    case 'SET':
      return isSameChoice(cell, Buffer.from(shown, 'hex').toString());
    case 'BINARY':
      return isBase64(cell) && hexOf(Buffer.concat([Buffer.from(cell, 'base64')], 8)) === shown;
    case 'BIT':
      return isBase64(cell) && BigInt(`0x${hexOf(Buffer.from(cell, 'base64'))}`) === BigInt(`0x${shown}`);
    case 'VARBINARY':
    case 'BLOB':
    case 'GEOMETRY':
      return isBase64(cell) && hexOf(Buffer.from(cell, 'base64')) === shown;
    default:
      return reading === 'text' || reading === 'json'
        ? hexOf(cell) === shown
        : exact(cell) !== undefined && exact(cell) === exact(shown);
  }
}

const isBase64 = (cell: string) => Buffer.from(cell, 'base64').toString('base64') === cell;

/** The server finds a name as its collation does, and keeps the names of a set once and in its own order. */
function isSameChoice(cell: string, stored: string): boolean {
  const names = (text: string) => [
    ...new Set(
      text
        .toLowerCase()
        .split(',')
        .map((name) => name.replace(/[ \0]+$/, '')),
    ),
  ];
  return String(names(cell).sort()) === String(names(stored).sort());
}

test.each(RANDOM_COLUMNS.map((column, at) => ({ type: column.type.slice(0, 40), column, at })))(
  '$type: a cell that is nearly right is stored as it says, or refused with a code',
  async ({ column, at }) => {
    const random = new SeededRandom(seed, at);
    const table = await target.createTable(`t${at}`, `id INT NOT NULL, v ${column.type} NULL`);
    const wrong: string[] = [];
    let stored = 0;
    let refused = 0;
    for (let id = 0; id < CELLS_PER_TYPE; id += 1) {
      const { json } = column.make(random);
      const cell = spoil(json.startsWith('"') ? JSON.parse(json) : json, random);
      const error = await writer.write([aChange({ table, row: { id: String(id), v: cell }, seq: 1 })]).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const [row] = await target.sql(
        `SELECT ${readingOf('v', column.reading)} AS v FROM ${table.name} WHERE id = ${id}`,
      );
      if (error === undefined) {
        stored += 1;
        if (!isStored(column, cell, row?.['v'] ?? '')) {
          wrong.push(`${JSON.stringify(cell)} became ${row?.['v']}`);
        }
      } else {
        refused += 1;
        const isCoded = error instanceof ReplicationError && error.class === 'row';
        if (!isCoded || row !== undefined) {
          wrong.push(`${JSON.stringify(cell)}: ${error}, and the row is ${JSON.stringify(row)}`);
        }
      }
    }
    expect(wrong, `FC_SEED=${seed}`).toEqual([]);
    expect(stored).toBeGreaterThan(0);
    expect(stored + refused).toBe(CELLS_PER_TYPE);
  },
);
