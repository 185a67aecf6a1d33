/**
 * What the write path has written compares equal with the cells that it was written from, in every spelling that it takes,
 * and has the same digest; every other value, and every change of one column by SQL, is told. `FC_SEED` repeats a run,
 * `ERGATE_RANDOM_ROWS` sets the number of random rows.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { compareBy, listCompared } from '../../actors/row/compare-row.ts';
import { planDigests } from '../../actors/row/digest-row.ts';
import type { RowReader, StoredRow } from '../../actors/row/row-reader.ts';
import type { ShardWriter } from '../../actors/target/target-shard.ts';
import { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { ErgateDecoder } from '../../protocol/change/decode/ergate-decoder.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { aChange } from '../support/build-change.ts';
import type { DatabaseFlavour, FlavourServer } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { propertySeed } from '../support/property-seed.ts';
import { insertPayload, RANDOM_TABLES, type RandomTable, randomRow, readingOf } from '../support/random-rows.ts';
import { openRowReader } from '../support/row-reader-rig.ts';
import { BOUNDARY_VALUES } from '../support/target-boundary-values.ts';
import { NUMBER_AND_TIME_VALUES } from '../support/target-number-time-values.ts';
import { TEXT_VALUES } from '../support/target-text-values.ts';
import { OWNER } from '../support/target-under-test.ts';
import { outcomeOn } from '../support/target-value-case.ts';

const RANDOM_ROWS = Number(process.env['ERGATE_RANDOM_ROWS'] ?? 450);
const MARKERS = new Set(['ergate_yn', 'rpc_time', 'ergate_seq']);

/** Type, what is written, and what somebody makes of it by SQL; a second SQL for what a flavour cannot show. */
const CORRUPTIONS: readonly (readonly [type: string, cell: Cell, sql: string])[] = [
  ['VARCHAR(20)', 'paid', "'Paid'"],
  ['VARCHAR(20)', 'paid', "'paid '"],
  ['VARCHAR(20)', 'cafe', "'café'"],
  ['VARCHAR(20)', 'é', "_utf8mb4 x'65cc81'"],
  ['VARCHAR(20)', '한', "_utf8mb4 x'e18492e185a1e186ab'"],
  ['VARCHAR(20)', '', 'NULL'],
  ['VARCHAR(20)', null, "''"],
  ['VARCHAR(20)', null, "'NULL'"],
  ['VARCHAR(20)', '?', "'한'"],
  ['VARCHAR(20)', 'a', "_utf8mb4 x'6100'"],
  ['VARCHAR(20) CHARACTER SET euckr', '한', "'?'"],
  ['TEXT', 'line\n', "'line'"],
  ["ENUM('a','b','')", 'a', "'b'"],
  ["ENUM('a','b','')", '', 'NULL'],
  ["SET('a','b')", 'a,b', "'b'"],
  ["SET('a','b')", '', 'NULL'],
  ['BIGINT UNSIGNED', '18446744073709551615', '18446744073709551614'],
  ['BIGINT', '9007199254740993', '9007199254740992'],
  ['TINYINT', '0', 'NULL'],
  ['TINYINT', null, '0'],
  ['DECIMAL(65,30)', '0.000000000000000000000000000001', '0'],
  ['DECIMAL(10,2)', '0.00', 'NULL'],
  ['DECIMAL(10,2)', '-1.10', '1.10'],
  ['FLOAT', '1.1', "'1.1000001430511475'"],
  ['FLOAT', '0', 'NULL'],
  ['FLOAT', '16777216', "'16777218'"],
  ['DOUBLE', '0.1', "'0.10000000000000002'"],
  ['DOUBLE', '5e-324', '0'],
  ['DATETIME(6)', '2024-01-01 00:00:00.000001', "'2024-01-01 00:00:00.000002'"],
  ['DATETIME', '0000-00-00 00:00:00', 'NULL'],
  ['DATE', '2024-02-29', "'2024-02-28'"],
  ['DATE', '2024-00-10', "'2024-00-00'"],
  ['TIMESTAMP(6)', '2024-03-31 01:30:00', "'2024-03-31 02:30:00'"],
  ['TIME(6)', '-00:00:00.000001', "'00:00:00.000001'"],
  ['TIME(6)', '00:00:00', "'00:00:00.000001'"],
  ['YEAR', '0000', '2000'],
  ['BINARY(4)', 'YQ==', "x'61000001'"],
  ['VARBINARY(8)', 'YQ==', "x'6100'"],
  ['VARBINARY(8)', '', 'NULL'],
  ['BLOB', 'AP8=', "x'00fe'"],
  ['BIT(64)', 'gAAAAAAAAAA=', "x'8000000000000001'"],
  ['BIT(1)', false, "b'1'"],
  ['JSON', '{"a":1}', `'{"a":1.0}'`],
  ['JSON', '{"a":"x"}', `'{"a":"X"}'`],
  ['JSON', '{"a":null}', `'{}'`],
  ['JSON', '[1,2]', `'[2,1]'`],
  ['JSON', 'null', 'NULL'],
  ['JSON', '9007199254740993', `'9007199254740992'`],
  ['GEOMETRY', 'AAAAAAEBAAAAAAAAAAAA8D8AAAAAAAAAQA==', "x'e61000000101000000000000000000f03f0000000000000040'"],
];

/** Told where the server keeps it at all. */
const OF_MYSQL: typeof CORRUPTIONS = [
  ['DOUBLE', '-0.0', '0'],
  ['DOUBLE', '0', "'-0.0'"],
  ['FLOAT', '0', "'-0.0'"],
];
/** Characters that are none: no record carries them. */
const OF_MARIADB: typeof CORRUPTIONS = [['VARCHAR(20)', '\ufffd\ufffd\ufffd', "_utf8mb4 x'eda080'"]];

/** @param opened by a hook that runs before those of these tests */
export function testComparison(flavour: DatabaseFlavour, opened: () => FlavourServer): void {
  const isMysql = flavour.flavour === 'MySQL';
  let target: MysqlTarget;
  let writer: ShardWriter;
  let reader: RowReader & Disposable;
  let tables = 0;

  beforeAll(async () => {
    target = await MysqlTarget.open(opened().server, 'compare');
    await target.shard.takeFence(OWNER);
    writer = target.shard.openWriter(OWNER, 0);
    reader = openRowReader({ server: opened().server, schema: 'compare' });
    await target.sql("SET SESSION sql_mode = ''");
  });

  afterAll(async () => {
    reader[Symbol.dispose]();
    await target[Symbol.asyncDispose]();
  });

  function createTable(columns: string): Promise<TableShape> {
    tables += 1;
    return target.createTable(`t${tables}`, `id INT NOT NULL, ${columns}`);
  }

  /** By id. */
  async function readAll(table: TableShape): Promise<ReadonlyMap<string, StoredRow>> {
    const rows = await reader.readRange(table, { after: undefined, through: undefined, limit: 1_000_000 });
    return new Map(rows.map((row) => [String(row.keyCells[0]), row]));
  }

  interface Judgement {
    readonly columns: readonly string[];
    readonly isSameDigest: boolean;
  }

  function judge(table: TableShape, expected: RowImage | null, stored: StoredRow | undefined): Judgement {
    if (expected === null || stored === undefined) {
      throw new Error('a row is missing');
    }
    const columns = listCompared(expected.layout, stored.image.layout, table, {
      isMarker: (name) => MARKERS.has(name),
    });
    const digests = planDigests(columns);
    return {
      columns: compareBy(columns)(expected, stored.image),
      isSameDigest: digests.ofExpected(expected) === digests.ofStored(stored.image),
    };
  }

  const all = [...NUMBER_AND_TIME_VALUES, ...TEXT_VALUES, ...BOUNDARY_VALUES];
  const existing = all.filter(({ only = flavour.flavour }) => only === flavour.flavour);

  test('each written value is equal to its cell, to no other one, and to none that is refused', async () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const { type, cases } of existing) {
      const table = await createTable(`v ${type} NULL`);
      const known = cases.map(([cell, outcome]) => ({ cell, outcome: outcomeOn(flavour.flavour, outcome) }));
      const good = [{ cell: null, outcome: 'NULL' }, ...known.filter(({ outcome }) => typeof outcome === 'string')];
      const changes = known.map(({ cell: v }, id) => aChange({ table, row: { id: String(id), v }, seq: 1 }));
      const written = good.map(({ cell: v }, id) => aChange({ table, row: { id: String(id), v }, seq: 1 }));
      await writer.write(written);
      const rows = await readAll(table);
      const shown = (at: number) => JSON.stringify(rows.get(String(at))?.image.cells[1]);
      for (const [at, { image }] of written.entries()) {
        const stored = rows.get(String(at));
        const { columns, isSameDigest } = judge(table, image, stored);
        compared += 1;
        if (columns.length > 0 || !isSameDigest) {
          wrong.push(`${type}: ${image?.cells[1]} is not equal to ${shown(at)}`);
        }
        for (const [other, change] of written.entries()) {
          const one = { ...stored, image: rows.get(String(other))?.image } as StoredRow;
          const isOther = shown(at) !== shown(other);
          const expected = image === null ? null : { ...image, cells: [String(other), image.cells[1] ?? null] };
          const result = judge(table, expected, one);
          if (result.columns.includes('v') !== isOther || result.isSameDigest === isOther) {
            wrong.push(`${type}: ${image?.cells[1]} and ${change.image?.cells[1]}: ${result.columns}`);
          }
        }
      }
      for (const [at, { outcome }] of known.entries()) {
        const image = changes[at]?.image ?? null;
        if (typeof outcome !== 'string') {
          const stored = [...rows.values()].map((row) => ({
            ...row,
            image: { ...row.image, cells: [String(at), row.image.cells[1] ?? null] },
          }));
          for (const row of stored) {
            const code = codeOf(() => judge(table, image, row).columns.join());
            const isRefusedUnasked = /^ERG_33/.test(outcome.code);
            if (isRefusedUnasked ? code !== outcome.code : code === '') {
              wrong.push(`${type}: ${image?.cells[1]} beside ${row.image.cells[1]}: ${code}, not ${outcome.code}`);
            }
          }
        }
      }
    }
    expect(wrong.map((line) => line.slice(0, 200))).toEqual([]);
    expect(compared).toBeGreaterThan(300);
  });

  test('listed corruptions are told', async () => {
    const listed = [...CORRUPTIONS, ...(isMysql ? OF_MYSQL : OF_MARIADB)];
    const table = await createTable(listed.map(([type], at) => `c${at} ${type} NULL`).join(', '));
    const changes = listed.map(([, cell], at) => aChange({ table, row: { id: String(at), [`c${at}`]: cell }, seq: 1 }));
    await writer.write(changes);
    const judgeAll = async () => {
      const rows = await readAll(table);
      return changes.map(({ image }, at) => judge(table, image, rows.get(String(at))));
    };
    const before = await judgeAll();
    expect(before).toEqual(changes.map(() => ({ columns: [], isSameDigest: true })));
    // By way of NULL: MySQL leaves a document as it is when the new one has equal numbers of another type.
    const updates = listed.flatMap(([, , sql], at) => ['NULL', sql].map((v) => `SET c${at} = ${v} WHERE id = ${at}`));
    await target.sql(updates.map((update) => `UPDATE ${table.name} ${update}`).join(';'));
    const after = await judgeAll();
    expect(after).toEqual(changes.map((_, at) => ({ columns: [`c${at}`], isSameDigest: false })));
  });

  async function readColumn(
    { name }: TableShape,
    column: string,
    reading: string,
  ): Promise<ReadonlyMap<string, string>> {
    const rows = await target.sql(`SELECT id, ${reading.replaceAll('?', column)} AS v FROM ${name}`);
    return new Map(rows.map(({ id, v }) => [String(id), String(v)]));
  }

  test('of random rows in which somebody changes one column, exactly that column is named', async () => {
    const seed = propertySeed().seed ?? Math.floor(Math.random() * 2 ** 32);
    const random = new SeededRandom(seed, 3);
    const decoder = new ErgateDecoder();
    const wrong: string[] = [];
    let changed = 0;
    const rowCount = Math.ceil(RANDOM_ROWS / (isMysql ? 10 : 1) / RANDOM_TABLES.length);
    for (const draft of RANDOM_TABLES) {
      const table = await createTable(draft.columns.map(({ type }, at) => `c${at} ${type} NULL`).join(', '));
      const payloads = Array.from({ length: rowCount }, (_, id) => insertPayload(draft, id, randomRow(draft, random)));
      const value = Buffer.from(`{"commitTime":1767225600000,"payloads":[${payloads}]}`);
      const record = decoder.decode(value);
      const images =
        record.kind === 'transaction' ? record.transaction.changes.flatMap(({ after }) => after ?? []) : [];
      for (let at = 0; at < images.length; at += 500) {
        const some = images.slice(at, at + 500);
        await writer.write(
          some.map((image) => ({ ...aChange({ table, row: { id: image.cells[0] ?? '' }, seq: 1 }), image })),
        );
      }
      await expectAll(table, images, () => '');
      for (const [at, column] of draft.columns.entries()) {
        const reading = readingOf('?', column.reading);
        const before = await readColumn(table, `c${at}`, reading);
        await spoil(table, draft, at, random);
        const after = await readColumn(table, `c${at}`, reading);
        await expectAll(table, images, (id) => (before.get(id) === after.get(id) ? '' : `c${at}`));
        changed += [...before].filter(([id, text]) => after.get(id) !== text).length;
        await writer.write(
          images.map((image) => ({ ...aChange({ table, row: { id: image.cells[0] ?? '' }, seq: at + 2 }), image })),
        );
      }
    }
    expect(wrong.slice(0, 20), `FC_SEED=${seed}`).toEqual([]);
    expect(changed).toBeGreaterThan(rowCount * RANDOM_TABLES.length);

    async function expectAll(
      table: TableShape,
      images: readonly RowImage[],
      named: (id: string) => string,
    ): Promise<void> {
      const rows = await readAll(table);
      for (const image of images) {
        const id = String(image.cells[0]);
        const { columns, isSameDigest } = judge(table, image, rows.get(id));
        if (columns.join() !== named(id) || isSameDigest !== (columns.length === 0)) {
          wrong.push(`${table.name} ${id}: ${columns} instead of ${named(id)}`);
        }
      }
    }
  });

  /** Another random value in one column of every third row. */
  async function spoil(table: TableShape, draft: RandomTable, at: number, random: SeededRandom): Promise<void> {
    const column = draft.columns[at];
    const { name } = table;
    const ids = [...(await readAll(table)).keys()].filter((_, index) => index % 3 === 0);
    const values = ids.map((id) => `WHEN ${id} THEN ${random.chance(0.1) ? 'NULL' : column?.make(random).sql}`);
    await target.sql(`UPDATE ${name} SET c${at} = CASE id ${values.join(' ')} END WHERE id IN (${ids})`);
  }
}

function codeOf(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof ReplicationError) {
      return error.code;
    }
    throw error;
  }
}
