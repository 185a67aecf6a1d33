/** What the Debezium connector for MariaDB really wrote (test/fixtures/debezium), against the rows of the server itself. */
import { describe, expect, test } from 'vitest';
import { DebeziumDecoder } from '../../../../../../protocol/change/decode/debezium/debezium-decoder.ts';
import type { DebeziumFormat } from '../../../../../../protocol/change/decode/foreign-format.ts';
import type { RowImage } from '../../../../../../protocol/change/row-image.ts';
import { comparePositions } from '../../../../../../protocol/change/source-position.ts';
import type { RowChange, SourceTransaction } from '../../../../../../protocol/change/source-transaction.ts';
import { ReplicationError } from '../../../../../../protocol/errors/replication-error.ts';
import { FIXTURE_COLUMNS, FIXTURES, type FixtureName, type FixtureRecord, ROWS } from './fixtures.ts';

function formatOf(name: FixtureName, change: Partial<DebeziumFormat> = {}): DebeziumFormat {
  return {
    logEpoch: 3,
    columns: { every_type: FIXTURE_COLUMNS[name] },
    withoutSchema: 'accept',
    truncate: 'ignore',
    isBinary: (_, column) => /binary|blob/.test(column),
    ...change,
  };
}

function ofTopic(name: FixtureName, suffix: string): readonly FixtureRecord[] {
  return FIXTURES[name].filter(({ topic }) => topic === `${name}${suffix}`);
}

/** The transactions of the table of every type; decoded one after the other, as a sink does. */
function transactionsOf(name: FixtureName): SourceTransaction[] {
  const decoder = new DebeziumDecoder(formatOf(name));
  return ofTopic(name, '.fixture.every_type').flatMap(({ value }) => {
    const decoded = value === null ? undefined : decoder.decode(value);
    return decoded?.kind === 'transaction' ? [decoded.transaction] : [];
  });
}

function changesOf(name: FixtureName): RowChange[] {
  return transactionsOf(name).flatMap(({ changes }) => changes);
}

function rowOf(image: RowImage): Record<string, unknown> {
  return Object.fromEntries(image.layout.names.map((name, index) => [name, image.cells[index]]));
}

/** Two spellings of one value. */
function canonise(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { c_geometry: _, c_added: _2, ...others } = row;
  return Object.fromEntries(
    Object.entries(others).map(([name, cell]) => [name, typeof cell === 'string' ? canoniseCell(name, cell) : cell]),
  );
}

function canoniseCell(name: string, cell: string): unknown {
  if (/^c_(float|double)$/.test(name)) {
    return name === 'c_float' ? Math.fround(Number(cell)) : Number(cell);
  }
  if (/^c_(time|datetime|timestamp)/.test(name) && cell.includes('.')) {
    return cell.replace(/\.?0+$/, '');
  }
  return name === 'c_bit1' ? cell === 'AQ==' : cell;
}

/** Kafka Connect's own types end at milliseconds, and its JSON has the form of the column in nothing else. */
function cutToMilliseconds(row: Record<string, unknown>): Record<string, unknown> {
  const cut = (cell: unknown) => (typeof cell === 'string' ? cell.replace(/(\.\d{3})\d+$/, '$1') : cell);
  return canonise({ ...row, c_time6: cut(row['c_time6']), c_datetime6: cut(row['c_datetime6']) });
}

/** The others write NULL for a TIME below zero or beyond a day. */
const LONG_TIMES: readonly FixtureName[] = ['precise', 'plain'];
const LONG_IDS = ['8', '9'];

describe.each(['precise', 'iso', 'plain'] as const)('records of the connector "%s"', (name) => {
  test('have every value of an inserted row as the server spells it', () => {
    const inserts = changesOf(name).filter(({ op }) => op === 'insert');
    const ids = inserts.map(({ after }) => String(rowOf(after!)['id']));
    expect(ids).toEqual(['1', '2', '18446744073709551615', '4', '5', '6', '7', '8', '9']);
    for (const { after } of inserts) {
      const row = rowOf(after!);
      const id = String(row['id']);
      const known = LONG_TIMES.includes(name) || !LONG_IDS.includes(id) ? ROWS.get(id) : undefined;
      if (known !== undefined) {
        expect(canonise(row)).toEqual(canonise(known));
      }
    }
  });
});

describe.each(LONG_TIMES)('records of the connector "%s"', (name) => {
  test('have negative times and times of more than a day', () => {
    const rows = changesOf(name).flatMap(({ after }) => (after === null ? [] : [rowOf(after)]));
    expect(rows.find(({ id }) => id === '8')).toMatchObject({ c_time: '-838:59:59', c_time6: '-00:00:00.000001' });
    expect(rows.find(({ id }) => id === '9')).toMatchObject({ c_time: '838:59:59', c_time6: '26:01:02.5' });
  });
});

describe('records of the connector "connect"', () => {
  test('have every value of an inserted row, times to the millisecond', () => {
    const inserts = changesOf('connect').filter(({ op }) => op === 'insert');
    expect(inserts.length).toBeGreaterThanOrEqual(7);
    for (const { after } of inserts.slice(0, 6)) {
      const row = rowOf(after!);
      const known = ROWS.get(String(row['id']));
      if (known !== undefined) {
        expect(canonise(row)).toEqual(cutToMilliseconds(known));
      }
    }
  });
});

describe.each(['precise', 'connect', 'iso', 'plain'] as const)('the stream of the connector "%s"', (name) => {
  test('has reads, inserts, updates, deletes, and a changed key as delete and insert', () => {
    const changes = changesOf(name);
    expect(changes.slice(0, 10).map(({ op, before, after }) => [op, String(rowOf((after ?? before)!)['id'])])).toEqual([
      ['insert', '1'],
      ['insert', '2'],
      ['insert', '18446744073709551615'],
      ['insert', '4'],
      ['insert', '5'],
      ['update', '1'],
      ['update', '2'],
      ['delete', '5'],
      ['insert', '6'],
      ['delete', '4'],
    ]);
    const update = changes[5]!;
    expect(rowOf(update.after!)).toMatchObject({ c_varchar: 'updated' });
    expect(rowOf(update.before!)).toMatchObject({ c_varchar: "quote ' back \\ 😀 '" });
  });

  test('has a position for each change of the log, each behind the one before, and none for reads of the snapshot', () => {
    const positions = transactionsOf(name).map(({ position }) => position);
    expect(positions.slice(0, 2)).toEqual([undefined, undefined]);
    for (const [index, position] of positions.slice(3).entries()) {
      const previous = positions[index + 2]!;
      expect(position).toMatchObject({ epoch: 3, file: 1 });
      expect(comparePositions(position!, previous)).toBeGreaterThan(0);
    }
  });

  test('has tombstones, which are no records to decode, behind deletes', () => {
    expect(ofTopic(name, '.fixture.every_type').filter(({ value }) => value === null)).toHaveLength(2);
  });

  test('shares one layout among images of one shape', () => {
    const layouts = new Set(
      changesOf(name)
        .slice(0, 10)
        .flatMap(({ before, after }) => [before, after].flatMap((image) => (image === null ? [] : [image.layout]))),
    );
    expect(layouts.size).toBe(1);
  });

  test.each([
    ['', 'control'],
    ['.transaction', 'control'],
  ])('has records in the topic "<name>%s" that are passed over and counted', (suffix, kind) => {
    const decoder = new DebeziumDecoder(formatOf(name));
    const records = ofTopic(name, suffix);
    expect(records.length).toBeGreaterThan(5);
    expect(new Set(records.map(({ value }) => decoder.decode(value!).kind))).toEqual(new Set([kind]));
    expect(decoder.tally.controlRecords).toBe(records.length);
  });

  test('has heartbeats', () => {
    const decoder = new DebeziumDecoder(formatOf(name));
    const beats = FIXTURES[name].filter(({ topic }) => topic.startsWith('__debezium-heartbeat'));
    expect(beats.map(({ value }) => decoder.decode(value!).kind)).toEqual(['heartbeat', 'heartbeat']);
  });

  test('has no field that the decoder does not know', () => {
    const decoder = new DebeziumDecoder(formatOf(name));
    for (const { value } of FIXTURES[name]) {
      if (value !== null) {
        decoder.decode(value);
      }
    }
    expect([...decoder.tally.unknownFields]).toEqual([]);
  });

  test('has a truncate that becomes a finding unless the settings pass it over', () => {
    const decode = (truncate: DebeziumFormat['truncate']) => {
      const decoder = new DebeziumDecoder(formatOf(name, { truncate }));
      return ofTopic(name, '.fixture.every_type').flatMap(({ value }) => {
        try {
          return value === null ? [] : [decoder.decode(value).kind];
        } catch (error) {
          return [error instanceof ReplicationError ? error.code : String(error)];
        }
      });
    };
    expect(decode('finding').filter((outcome) => outcome !== 'transaction')).toEqual(['ERG_1014']);
    expect(decode('ignore').filter((outcome) => outcome !== 'transaction')).toEqual(['control']);
  });
});
