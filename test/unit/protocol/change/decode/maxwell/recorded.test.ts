/** What Maxwell's daemon really wrote (test/fixtures/maxwell), against the rows of the server itself. */
import { describe, expect, test } from 'vitest';
import { JsonDocument } from '../../../../../../protocol/change/cell.ts';
import { MaxwellDecoder } from '../../../../../../protocol/change/decode/maxwell/maxwell-decoder.ts';
import type { RowImage } from '../../../../../../protocol/change/row-image.ts';
import { comparePositions } from '../../../../../../protocol/change/source-position.ts';
import { ReplicationError } from '../../../../../../protocol/errors/replication-error.ts';
import records from '../../../../../fixtures/maxwell/records.json' with { type: 'json' };
import rows from '../../../../../fixtures/maxwell/rows.json' with { type: 'json' };

/** As the server spelled them; by id. */
const ROWS = new Map<string, Readonly<Record<string, string | null>>>(rows.map((row) => [row.id, row]));
/** Values that Maxwell loses before it writes: TIME below zero or beyond a day. */
const LOST = new Set(['8', '9']);

const COLUMNS = { c_bit1: 'bit-number', c_bit10: 'bit-number', c_bit64: 'bit-number', c_set: 'set', c_json: 'json' };

function aDecoder(isWideBit: (table: string, column: string) => boolean = () => false): MaxwellDecoder {
  return new MaxwellDecoder({ logEpoch: 4, columns: { every_type: COLUMNS }, isWideBit });
}

function ofTable(table: string): readonly string[] {
  return records.filter((record) => record.includes(`"table":"${table}"`));
}

/** Without the rows of the bootstrap: those have no position. */
function transactionsOf(table: string) {
  const decoder = aDecoder();
  return ofTable(table).flatMap((record) => {
    const decoded = decoder.decode(Buffer.from(record));
    return decoded.kind === 'transaction' && decoded.transaction.position !== undefined ? [decoded.transaction] : [];
  });
}

function rowOf(image: RowImage): Record<string, unknown> {
  return Object.fromEntries(image.layout.names.map((name, index) => [name, image.cells[index]]));
}

/** Two spellings of one value. */
function canonise({ c_geometry: _, c_added: _2, ...others }: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(others).map(([name, cell]) => [name, canoniseCell(name, cell)]));
}

function canoniseCell(name: string, cell: unknown): unknown {
  if (name === 'c_json') {
    const text = cell instanceof JsonDocument ? cell.text : cell;
    // A document that is null is NULL in the record.
    return typeof text === 'string' && text !== 'null' ? JSON.parse(text) : typeof text === 'boolean' ? text : null;
  }
  if (typeof cell !== 'string') {
    return cell;
  }
  if (/^c_(float|double)$/.test(name)) {
    return name === 'c_float' ? Math.fround(Number(cell)) : Number(cell);
  }
  if (name === 'c_decimal_wide') {
    return cell === '-1E-30' ? '-0.000000000000000000000000000001' : cell;
  }
  if (name.startsWith('c_bit')) {
    return BigInt(`0x${Buffer.from(cell, 'base64').toString('hex')}`);
  }
  return name === 'c_binary' ? cell.replace('AAAAAA==', '') : cell;
}

describe('records of the log', () => {
  test('have every value of an inserted row as the server spells it', () => {
    const inserts = transactionsOf('every_type').flatMap(({ changes }) => changes.filter(({ op }) => op === 'insert'));
    const ids = inserts.map(({ after }) => String(rowOf(after!)['id']));
    expect(ids).toEqual(['18446744073709551615', '4', '5', '10', '11', '12', '13', '7', '8', '9']);
    for (const { after } of inserts) {
      const row = rowOf(after!);
      const known = ROWS.get(String(row['id']));
      if (known !== undefined && !LOST.has(String(row['id']))) {
        expect(canonise(row)).toEqual(canonise(known));
      }
    }
  });

  test('have inserts, updates, a changed key as one update, and a delete', () => {
    const changes = transactionsOf('every_type').flatMap((transaction) => transaction.changes);
    const told = changes.map(({ op, before, after }) => [
      op,
      before === null ? null : String(rowOf(before)['id']),
      after === null ? null : String(rowOf(after)['id']),
    ]);
    expect(told.filter(([op]) => op !== 'insert')).toEqual([
      ['update', '1', '1'],
      ['update', '2', '2'],
      ['update', '5', '6'],
      ['delete', '4', null],
    ]);
    const update = changes.find(({ op }) => op === 'update')!;
    expect(rowOf(update.after!)).toMatchObject({ c_varchar: 'updated' });
    expect(rowOf(update.before!)).toMatchObject({ c_varchar: "quote ' back \\ 😀 '" });
  });

  test('have positions, each behind the one before', () => {
    const positions = transactionsOf('every_type').map(({ position }) => position!);
    for (const [index, position] of positions.slice(1).entries()) {
      expect(comparePositions(position, positions[index]!)).toBeGreaterThan(0);
    }
  });
});

describe('records of a bootstrap', () => {
  const bootstrap = ofTable('every_type').filter((record) => record.includes('"type":"bootstrap-'));

  test('are its rows, between two marks that are passed over', () => {
    const decoder = aDecoder();
    const kinds = bootstrap.map((record) => decoder.decode(Buffer.from(record)).kind);
    expect(kinds).toEqual(['control', 'transaction', 'transaction', 'control']);
  });

  test('have another number than the log for a BIT of several bytes, and are refused where the target has such a column', () => {
    const [, first = ''] = bootstrap;
    const decoded = aDecoder().decode(Buffer.from(first));
    const row = rowOf(decoded.kind === 'transaction' ? decoded.transaction.changes[0]!.after! : expect.fail());
    const known = canonise(ROWS.get('1')!);
    const { c_bit10, c_bit64, ...others } = canonise(row);
    expect([c_bit10, c_bit64]).not.toEqual([known['c_bit10'], known['c_bit64']]);
    expect(others).toEqual(Object.fromEntries(Object.entries(known).filter(([name]) => !/^c_bit(10|64)$/.test(name))));
    const strict = aDecoder((_, column) => /^c_bit(10|64)$/.test(column));
    expect(() => strict.decode(Buffer.from(first))).toThrow(ReplicationError);
  });
});

test('a changed schema is passed over and counted', () => {
  const decoder = aDecoder();
  const changes = records.filter((record) => record.includes('"type":"table-alter"'));
  expect(changes.map((record) => decoder.decode(Buffer.from(record)).kind)).toEqual(['control']);
  expect(decoder.tally.controlRecords).toBe(1);
});

test('there is no field that the decoder does not know', () => {
  const decoder = aDecoder();
  for (const record of records) {
    decoder.decode(Buffer.from(record));
  }
  expect([...decoder.tally.unknownFields]).toEqual([]);
});

test('Maxwell says nothing of a TRUNCATE, and loses a TIME below zero or beyond a day', () => {
  expect(records.filter((record) => /truncate/i.test(record))).toEqual([]);
  const wrong = transactionsOf('every_type')
    .flatMap(({ changes }) => changes)
    .map(({ after }) => (after === null ? {} : rowOf(after)))
    .filter(({ id }) => LOST.has(String(id)))
    .map(({ id, c_time }) => [ROWS.get(String(id))?.['c_time'], c_time]);
  expect(wrong).toEqual([
    ['-838:59:59', '17:04:05'],
    ['838:59:59', '22:59:59'],
  ]);
});
