/**
 * Tables that change at either side while rows are written, on both servers: replication goes on, nothing becomes a finding
 * that should not, and in the end the target has what the source has. ERGATE_DRILLS=all runs every case.
 */
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { systemClock } from '../../protocol/clock.ts';
import { FLAVOURS, type FlavourName, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { SCHEMA_CASES, type SchemaCase } from '../support/schema-cases.ts';
import { money, type Row, SchemaLoad, text } from '../support/schema-load.ts';
import { buildSinkRig } from '../support/sink-rig.ts';
import { aTarget } from '../support/sink-target.ts';

const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';
const REFRESH_MS = 150;
const READINGS = 40;
/** Under one reading after the other. */
const CHANGES_IN_A_ROW = 3;

/** In a short run each on one of the servers. */
function casesOn(flavour: FlavourName): readonly SchemaCase[] {
  const short = SCHEMA_CASES.filter(({ always }) => always === true);
  return process.env['ERGATE_DRILLS'] === 'all'
    ? SCHEMA_CASES
    : short.filter((_, at) => FLAVOURS[at % FLAVOURS.length]?.flavour === flavour);
}

/** The tables are looked at every minute; a test cannot wait so long. */
const clock = {
  ...systemClock,
  after: (ms: number, run: () => void) => systemClock.after(ms === 60_000 ? REFRESH_MS : ms, run),
};

describe.each(FLAVOURS)('on $flavour', (flavour) => {
  let opened: FlavourServer;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'target' });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  test.each(casesOn(flavour.flavour))('$name', async (one) => {
    const { columns = 'name VARCHAR(20) NULL, amount DECIMAL(20,4) NULL', values = { name: text, amount: money } } =
      one;
    const create = `CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL, ${columns}, ${MARKERS}, PRIMARY KEY (id))`;
    await using target = await aTarget(opened.server, 1, create);
    await using rig = buildSinkRig({ ...target.options, clock, settings: one.settings });
    const load = new SchemaLoad(rig, values, one.unique);
    const [schema] = target.schemas;
    const ask = async (statements: string) => (await target.sql.query(`USE ${schema}; ${statements}`))[0];
    const value = async (query: string) => {
      const [, rows] = (await ask(query)) as [unknown, Record<string, unknown>[]]; // the answer to USE comes first
      return Object.values(rows[0] ?? {})[0];
    };
    await rig.actor.start();
    await load.write(200);
    await one.run({
      load,
      sql: async (statements) => {
        for (const statement of statements.split(';')) {
          await untilNoDeadlock(() => ask(statement));
        }
      },
      value,
      unwritten: () => rig.detail().unwrittenColumns.map(({ column }) => column),
    });
    await load.write(200);
    // Every row is changed once more only when rows are gone, or the counters say that something was left out.
    const isComplete = one.emptied !== true && rig.detail().unwrittenColumns.length === 0;
    await (isComplete ? load.settled() : load.finish());
    expect(await target.findings(), `seed ${load.seed}`).toEqual([]);
    const names = one.compare ?? load.columns;
    const { rows, expected } = {
      rows: await readRows(target.sql, schema ?? '', names),
      expected: expectedRows(load, names),
    };
    expect(
      rows.filter((row) => !expected.includes(row)),
      `seed ${load.seed}`,
    ).toEqual([]);
    expect(rows.length).toBe(expected.length);
  });

  test('a table that is changed while it is read is read as it was at one moment', async () => {
    await using target = await MysqlTarget.open(opened.server, 'torn');
    await target.createTable('t', 'k0 INT NOT NULL, a0 INT NULL', 'PRIMARY KEY (k0), UNIQUE KEY a (a0)');
    const session = await target.openSession();
    let isOver = false;
    let readingEnds = Promise.withResolvers<void>();
    const changing = (async () => {
      for (let now = 0; !isOver; now += 1) {
        if (now % CHANGES_IN_A_ROW === 0) {
          await readingEnds.promise; // a table that never stands still is never seen
        }
        await session.query(
          `ALTER TABLE t CHANGE k${now} k${now + 1} INT NOT NULL, CHANGE a${now} a${now + 1} INT NULL`,
        );
      }
    })();
    const seen = new Set<string>();
    try {
      for (let reading = 0; reading < READINGS; reading += 1) {
        const table = await readTable(target);
        readingEnds.resolve();
        readingEnds = Promise.withResolvers<void>();
        const [key, other] = table?.columns.map(({ name }) => name) ?? [];
        expect([table?.primaryKey, table?.uniqueIndexes[0]?.columns]).toEqual(
          table === undefined ? [undefined, undefined] : [[key], [other]],
        );
        seen.add(`${key}`);
      }
    } finally {
      isOver = true;
      readingEnds.resolve();
      await changing;
    }
    expect(seen.size).toBeGreaterThan(1);
  });
});

/** Undefined when it did not stand still long enough. */
async function readTable(target: MysqlTarget): Promise<TableShape | undefined> {
  return target.readTable('t').catch((error: unknown) => {
    expect(error).toMatchObject({ code: 'ERG_3401' });
    return undefined;
  });
}

/** As tools do that copy rows of a busy table. */
async function untilNoDeadlock(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if ((error as { errno?: number }).errno !== 1213) {
        throw error;
      }
    }
  }
}

/** One line per row, in the order of the keys. */
async function readRows(sql: mysql.Connection, schema: string, names: readonly string[]): Promise<readonly string[]> {
  const cells = names.map((name) => `CAST(${name} AS CHAR) AS ${name}`);
  const [rows] = await sql.query(`SELECT id, ${cells.join()} FROM ${schema}.orders ORDER BY id + 0`);
  return (rows as Row[]).map((row) => rowText(Number(row['id']), names, row));
}

function expectedRows({ rows }: SchemaLoad, names: readonly string[]): readonly string[] {
  return [...rows].sort(([a], [b]) => a - b).map(([id, row]) => rowText(id, names, row));
}

/** Numbers by value: their columns have other scales by the end. */
function rowText(id: number, names: readonly string[], row: Row): string {
  const cells = names.map((name) => `${name}=${String(row[name] ?? null).replace(/(\.\d*?)0+$/, '$1')}`);
  return [`id=${id}`, ...cells].join(' ');
}
