/**
 * What the search for lost updates (test/property/repair-race.prop.test.ts) takes for the target is what a server does: every
 * statement that it ran, on every row that it met, leaves the same row on a real one, in each form in which it can be
 * written. So whatever it found holds for the server. Whole histories are run there too, hundreds of rows beside each other.
 *
 * `ERGATE_RACES=all` runs it on MySQL too, with thousands of histories; FC_SEED repeats those of a run.
 */
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import type { FenceOwner, ShardChange, TargetShard } from '../../actors/target/target-shard.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { explore, isLost } from '../support/race/explore.ts';
import { applyChange, type GuardMode, type TargetRow } from '../support/race/guarded-row.ts';
import { HISTORIES, listDamages, listTimedDamages } from '../support/race/race-histories.ts';
import { Race } from '../support/race/race-model.ts';
import { OUR_PROTOCOL } from '../support/race/repair-protocol.ts';
import { stampValues } from '../support/race/timed-value.ts';
import { type Walk, walk } from '../support/race/walk.ts';
import { anImage } from '../support/sink-builders.ts';
import { openTestSession, serverIn } from '../support/sink-rig.ts';

const IS_LONG = process.env['ERGATE_RACES'] === 'all';
const WALKS = IS_LONG ? 10_000 : 500;
const SEED = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);
const OWNER: FenceOwner = { pipeline: 'p', partition: 0, epoch: 1, owner: 'o' };
const ROWS_PER_WRITE = 500;

const secondOf = (change: number) => Math.floor(change / 2);

/** ordered: written row by row, an update and an insert. */
const TABLES: readonly { readonly name: string; readonly mode: GuardMode; readonly keys: string }[] = [
  { name: 'strict', mode: 'strict', keys: '' },
  { name: 'strict_ordered', mode: 'strict', keys: ', UNIQUE (id, v)' },
  { name: 'article', mode: 'article', keys: '' },
  { name: 'article_ordered', mode: 'article', keys: ', UNIQUE (id, v)' },
];

function listStatements(mode: GuardMode) {
  const statements = HISTORIES.flatMap(({ values }) => {
    const options = { values, mode, secondOf, protocol: OUR_PROTOCOL, repairs: ['repair'], crashes: 0 } as const;
    const damaged = listDamages(mode).map((one) => ({ ...options, damaged: one }));
    const timed = { ...options, values: stampValues(values, secondOf), repairs: ['forceSync'] } as const;
    const forced = listTimedDamages(mode).map((one) => ({ ...timed, damaged: one }));
    return [...damaged, ...forced].flatMap((one) => [...explore(one).race.statements]);
  });
  return [...new Map(statements).values()];
}

/** The search is done once for each. */
const STATEMENTS = {
  strict: once(() => listStatements('strict')),
  article: once(() => listStatements('article')),
};

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

describe.each(FLAVOURS.slice(0, IS_LONG ? undefined : 1))('$flavour', (flavour) => {
  let opened: FlavourServer;
  let sql: mysql.Connection;
  let shard: TargetShard;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'target' });
    sql = await openTestSession(opened.server, ['race']);
    const marker = { writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' };
    shard = openMysqlTargetShard({
      name: 's',
      server: serverIn(opened.server, 'race'),
      marker,
      primaryKeys: new Map(),
      logger: silentLogger,
    });
    await shard.takeFence(OWNER);
  });

  afterAll(async () => {
    await shard.close();
    sql.destroy();
    await opened[Symbol.asyncDispose]();
  });

  /** With these rows, by id from 0. */
  async function aRaceTable(rows: readonly (TargetRow | null)[], { mode, keys }: (typeof TABLES)[number]) {
    const version = mode === 'strict' ? ', ergate_seq BIGINT UNSIGNED NULL' : '';
    await sql.query(`USE race; DROP TABLE IF EXISTS orders;
      CREATE TABLE orders (id BIGINT PRIMARY KEY, v VARCHAR(10), ergate_yn TINYINT, rpc_time DATETIME(3)${version}${keys})`);
    const cells = rows.flatMap((row, id) =>
      row === null ? [] : [[id, row.v, row.writer, row.time, ...(mode === 'strict' ? [row.seq] : [])]],
    );
    if (cells.length > 0) {
      await sql.query('INSERT INTO orders VALUES ?', [cells]);
    }
    return (await shard.readTables(['orders'])).get('orders')!;
  }

  /** At most one per row. */
  async function write(changes: readonly ShardChange[]) {
    const writer = shard.openWriter(OWNER, 0);
    for (let at = 0; at < changes.length; at += ROWS_PER_WRITE) {
      await writer.write(changes.slice(at, at + ROWS_PER_WRITE));
    }
    await writer.close();
  }

  async function readRows(mode: GuardMode, count: number): Promise<(TargetRow | null)[]> {
    const seq = mode === 'strict' ? 'CAST(ergate_seq AS CHAR)' : 'NULL';
    const [found] = await sql.query(
      `SELECT id, v, CAST(ergate_yn AS CHAR) AS writer, CAST(rpc_time AS CHAR) AS time, ${seq} AS seq FROM orders`,
    );
    const byId = new Map((found as (TargetRow & { id: number })[]).map(({ id, ...row }) => [Number(id), row]));
    return Array.from({ length: count }, (_, id) => byId.get(id) ?? null);
  }

  test.each(TABLES)('every statement of the search leaves the same row ($name)', async (given) => {
    const { mode } = given;
    const cases = STATEMENTS[mode]();
    const table = await aRaceTable(
      cases.map(({ row }) => row),
      given,
    );
    await write(cases.map(({ change }, id) => ofRow(change, id, table)));
    const found = await readRows(mode, cases.length);
    const expected = cases.map(({ row, change }) => applyChange(row, change, mode));
    expect(found).toEqual(expected);
    expect(cases.length).toBeGreaterThan(100);
    const replaced = cases.filter(({ change }) => change.replaces !== undefined);
    const skipped = cases.filter(({ row }, at) => expected[at] === row && row !== null);
    const forced = cases.filter(({ change }) => change.writer === 'forced');
    expect([replaced, skipped, forced].map(({ length }) => length > 0)).toEqual([true, true, true]); // else they were not tried
  });

  test.each(TABLES)(`histories end in what the source says, row by row ($name, seed ${SEED})`, async (given) => {
    const { mode } = given;
    const random = seededRandom(SEED);
    const walks: { readonly walk: Walk; readonly race: Race; readonly start: TargetRow | null }[] = [];
    const races = HISTORIES.map(
      ({ values }) =>
        new Race({
          values: stampValues(values, secondOf),
          mode,
          secondOf,
          protocol: OUR_PROTOCOL,
          repairs: ['repair', 'forceSync'],
          crashes: 1,
        }),
    );
    for (let at = 0; at < WALKS; at += 1) {
      const race = races[at % races.length]!;
      walks.push({ walk: walk(race, random), race, start: race.start().row });
    }
    const table = await aRaceTable(
      walks.map(({ start }) => start),
      given,
    );
    const longest = Math.max(...walks.map((one) => one.walk.changes.length));
    for (let wave = 0; wave < longest; wave += 1) {
      await write(
        walks.flatMap(({ walk: { changes } }, id) => {
          const change = changes[wave];
          return change === undefined ? [] : [ofRow(change, id, table)];
        }),
      );
    }
    const found = await readRows(mode, walks.length);
    expect(found).toEqual(walks.map((one) => one.walk.end.row));
    expect(walks.filter(({ race, walk: { end } }, id) => isLost(race, { ...end, row: found[id]! }, true))).toEqual([]);
  });
});

/** The change of the one row of the search, as one of another row. */
function ofRow(change: ShardChange, id: number, table: TableShape): ShardChange {
  const v = change.image?.cells[1];
  return {
    ...change,
    table,
    key: `6:orders/1n${id}`,
    keyCells: [String(id)],
    image: v === undefined ? null : anImage({ id: String(id), v }),
  };
}

/** Mulberry32. @returns numbers within [0, 1) */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
