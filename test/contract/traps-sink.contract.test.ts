/**
 * Sequences of changes in which other writers lose rows without an error, through the whole sink into real servers, however
 * they arrive. docs/traps.md lists what is covered where.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { propertySeed } from '../support/property-seed.ts';
import { aRecord, buildSinkRig, type RigServer } from '../support/sink-rig.ts';
import { aTarget } from '../support/sink-target.ts';
import {
  type Change,
  history,
  insert,
  payloadOf,
  play,
  type RowText,
  remove,
  rowOf,
  update,
} from '../support/unique-value-history.ts';

const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';
const UNIQUE = (table: string) =>
  `CREATE TABLE ${table} (id BIGINT PRIMARY KEY, name VARCHAR(10) NULL UNIQUE, amount INT NOT NULL, ${MARKERS})`;
const PLAIN = (table: string) => UNIQUE(table).replace(' UNIQUE', '');

/** Random histories; each on tables of its own. */
const HISTORIES = 20;

interface Sequence {
  readonly name: string;
  readonly before: readonly RowText[];
  readonly changes: readonly Change[];
  readonly after: readonly RowText[];
  /** Its rows need one record key: a primary key passes on, or more rows wait for each other than lanes have patience for. */
  readonly needsOneKey?: true;
}

/** What a source that checks unique values row by row can have committed. */
const SEQUENCES: readonly Sequence[] = [
  {
    name: 'L1, T3: a unique value goes from a deleted row to a new one',
    before: ['1 uk1 0'],
    changes: [remove('1 uk1 0'), insert('2 uk1 0')],
    after: ['2 uk1 0'],
  },
  {
    name: 'L2: a row is written, deleted and written again among others',
    before: [],
    changes: [insert('9 a 0'), insert('5 b 0'), remove('5 b 0'), insert('5 c 1')],
    after: ['5 c 1', '9 a 0'],
  },
  {
    name: 'L3, T4: a value that a row gives up is taken before that row changes again',
    before: ['1 uk1 0'],
    changes: [update('1 uk1 0', '1 uk2 0'), insert('2 uk1 0'), update('1 uk2 0', '1 uk2 5')],
    after: ['1 uk2 5', '2 uk1 0'],
  },
  {
    name: 'L4, T4: a row that has changed before takes the value of a deleted one',
    before: ['1 uk1 0', '3 uk2 0'],
    changes: [update('1 uk1 0', '1 uk1 5'), remove('3 uk2 0'), update('1 uk1 5', '1 uk2 5')],
    after: ['1 uk2 5'],
  },
  {
    name: 'T6: a chain of primary keys, last link first',
    before: ['1 a 1', '2 b 2', '3 c 3'],
    changes: [update('3 c 3', '4 c 3'), update('2 b 2', '3 b 2'), update('1 a 1', '2 a 1')],
    after: ['2 a 1', '3 b 2', '4 c 3'],
    needsOneKey: true,
  },
  {
    name: 'T6: two rows exchange their primary keys by way of a third',
    before: ['1 a 1', '2 b 2'],
    changes: [update('1 a 1', '9 a 1'), update('2 b 2', '1 b 2'), update('9 a 1', '2 a 1')],
    after: ['1 b 2', '2 a 1'],
    needsOneKey: true,
  },
  {
    name: 'T8: two rows exchange their unique values by way of a third value',
    before: ['1 a 1', '2 b 2'],
    changes: [update('1 a 1', '1 x 1'), update('2 b 2', '2 a 2'), update('1 x 1', '1 b 1')],
    after: ['1 b 1', '2 a 2'],
  },
  {
    name: 'T9: every unique value moves to the next row',
    before: ['1 v1 0', '2 v2 0', '3 v3 0', '4 v4 0'],
    changes: [4, 3, 2, 1].map((id) => update(`${id} v${id} 0`, `${id} v${id + 1} 0`)),
    after: ['1 v2 0', '2 v3 0', '3 v4 0', '4 v5 0'],
    needsOneKey: true,
  },
];

interface Arrival {
  readonly how: string;
  readonly recordsOf: (sequence: Sequence) => readonly (readonly [key: string, ...changes: Change[]])[];
  readonly settings: object;
  readonly sequences?: readonly Sequence[];
  readonly clock?: Clock;
}

const FILLED = { batch: { flush: 'fillWindow', window: '100ms', minRows: 100 } };
const inOne = ({ name, changes }: Sequence) => [[name, ...changes] as const];
const inSeveral = ({ name, changes }: Sequence) => changes.map((change) => [name, change] as const);
const byRow = ({ name, changes }: Sequence) =>
  changes.map((change) => [`${name} ${(change.before ?? change.after)?.split(' ')[0]}`, change] as const);

/** Lanes wait for each other about a second, which a busy machine may need for a single write. */
const patientClock: Clock = { ...systemClock, after: (ms, run) => systemClock.after(4 * ms, run) };

const ARRIVALS: readonly Arrival[] = [
  { how: 'in one transaction', recordsOf: inOne, settings: {} },
  { how: 'in one batch of several transactions', recordsOf: inSeveral, settings: FILLED },
  { how: 'in several batches', recordsOf: inSeveral, settings: { batch: { minRows: 1, maxRows: 1 } } },
  {
    how: 'in lanes that know nothing of each other',
    recordsOf: byRow,
    settings: { ...FILLED, lanes: 64 },
    sequences: SEQUENCES.filter(({ needsOneKey }) => needsOneKey !== true),
    clock: patientClock,
  },
];

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let server: RigServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'target' });
    server = opened.server;
  });

  afterAll(() => opened[Symbol.asyncDispose]());

  /** Each sequence in tables of its own, all through one sink. @returns rows by table, and what became a finding */
  async function replicate({ recordsOf, settings, sequences = SEQUENCES, clock = systemClock }: Arrival) {
    const tables = sequences.flatMap((sequence, index) => [
      { sequence, name: `unique_${index}`, create: UNIQUE },
      { sequence, name: `plain_${index}`, create: PLAIN },
    ]);
    await using target = await aTarget(server, 1, tables.map(({ name, create }) => create(name)).join(';'));
    for (const { name, sequence } of tables) {
      for (const { id, name: value, amount } of sequence.before.map(rowOf)) {
        await target.sql.query(`INSERT INTO ${name} (id, name, amount) VALUES (${id}, '${value}', ${amount})`);
      }
    }
    const settingsOfTables = Object.fromEntries(tables.map(({ name }) => [name, {}]));
    await using rig = buildSinkRig({ ...target.options, tables: settingsOfTables, settings, clock });
    const records = tables.flatMap(({ name, sequence }) =>
      recordsOf(sequence).map(([key, ...changes]) => [key, changes.map((one) => payloadOf(one, name))] as const),
    );
    rig.partition.append(...records.map(([key, payloads], index) => aRecord(key, index + 1, ...payloads)));
    await rig.actor.start();
    await rig.partition.untilCommitted(BigInt(records.length));
    const rows = new Map<string, readonly RowText[]>();
    for (const { name } of tables) {
      const [found] = await target.sql.query(`SELECT id, name, amount FROM ${name} ORDER BY id`);
      rows.set(
        name,
        (found as object[]).map((row) => Object.values(row).join(' ')),
      );
    }
    return { rows, findings: await target.findings() };
  }

  describe.each(ARRIVALS)('$how', (arrival) => {
    let outcome: Awaited<ReturnType<typeof replicate>>;

    beforeAll(async () => {
      outcome = await replicate(arrival);
    });

    test.each((arrival.sequences ?? SEQUENCES).map((sequence, index) => ({ ...sequence, index })))(
      '$name',
      ({ after, index }) => {
        expect(outcome.rows.get(`unique_${index}`)).toEqual(after);
        expect(outcome.rows.get(`plain_${index}`)).toEqual(after);
      },
    );

    test('nothing of it became a finding', () => {
      expect(outcome.findings.map(({ code, table_name: table }) => `${code} ${table}`)).toEqual([]);
    });
  });

  test('T3, T4, T6: histories of one record key end as their changes one after the other', async () => {
    const { seed = Date.now() % 1_000_000 } = propertySeed();
    const histories = fc.sample(history, { numRuns: HISTORIES, seed }).map(play);
    const tables = histories.map((one, index) => ({ ...one, name: `history_${index}` }));
    await using target = await aTarget(server, 1, tables.map(({ name }) => UNIQUE(name)).join(';'));
    const settingsOfTables = Object.fromEntries(tables.map(({ name }) => [name, {}]));
    await using rig = buildSinkRig({
      ...target.options,
      tables: settingsOfTables,
      settings: { batch: { minRows: 3 } },
    });
    const records = tables.flatMap(({ name, transactions }) =>
      transactions.map((changes) => ({ name, payloads: changes.map((change) => payloadOf(change, name)) })),
    );
    rig.partition.append(...records.map(({ name, payloads }, index) => aRecord(name, index + 1, ...payloads)));
    await rig.actor.start();
    await rig.partition.untilCommitted(BigInt(records.length));
    expect(await target.findings(), `FC_SEED=${seed}`).toEqual([]);
    for (const { name, after } of tables) {
      const [found] = await target.sql.query(`SELECT id, name, amount FROM ${name} ORDER BY id`);
      expect(
        (found as object[]).map((row) => Object.values(row).join(' ')),
        `FC_SEED=${seed}`,
      ).toEqual(after);
    }
  });

  describe('rows that another one stands in the way of', () => {
    const FAMILY = `CREATE TABLE parent (id BIGINT PRIMARY KEY, name VARCHAR(10) NULL, amount INT, ${MARKERS});
      CREATE TABLE child (id BIGINT PRIMARY KEY, name VARCHAR(10) NULL, amount BIGINT, ${MARKERS},
        FOREIGN KEY (amount) REFERENCES parent (id))`;

    test('T10: a child that comes before its parent waits for it; one whose parent does not come is a finding', async () => {
      await using target = await aTarget(server, 1, FAMILY);
      await using rig = buildSinkRig({
        ...target.options,
        tables: { parent: {}, child: {} },
        settings: { lanes: 8 },
        clock: patientClock,
      });
      rig.partition.append(
        aRecord('a', 1, payloadOf(insert('1 child 7'), 'child')),
        aRecord('b', 2, payloadOf(insert('2 orphan 8'), 'child')),
        aRecord('c', 3, payloadOf(insert('7 parent 0'), 'parent')),
      );
      await rig.actor.start();
      await rig.partition.untilCommitted(3n);
      const [children] = await target.sql.query('SELECT name FROM child');
      expect(children).toEqual([{ name: 'child' }]);
      expect(await target.findings()).toMatchObject([{ offset_no: '1', code: 'ERG_3206' }]);
    });

    test('T28: a refused change does not keep the next one of its row away, which has all of it', async () => {
      await using target = await aTarget(server, 1, PLAIN('orders'));
      await using rig = buildSinkRig(target.options);
      const long = 'a-name-that-is-too-long';
      rig.partition.append(aRecord('a', 1, payloadOf(insert(`1 ${long} 1`), 'orders')));
      await rig.actor.start();
      await rig.partition.untilCommitted(1n);
      rig.partition.append(aRecord('a', 2, payloadOf(update(`1 ${long} 1`, '1 short 1'), 'orders')));
      await rig.partition.untilCommitted(2n);
      expect((await target.read()).map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual(['1 short 1']);
      expect(await target.findings()).toMatchObject([{ offset_no: '0', code: 'ERG_3302' }]);
    });
  });
});
