/**
 * Value matrix: what a cell says is what the column then holds, or the change is refused with a code; never anything else.
 * Every value goes four ways: inserted, updated in place by a multi-row statement, updated by the statements for tables
 * with a second unique index, and, where it may, as a primary key.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { ShardWriter } from '../../actors/target/target-shard.ts';
import { type Cell, JsonDocument } from '../../protocol/change/cell.ts';
import { aChange } from '../support/build-change.ts';
import { FLAVOURS, type FlavourServer, openFlavour } from '../support/database-flavours.ts';
import { MysqlTarget } from '../support/mysql-target.ts';
import { BOUNDARY_VALUES } from '../support/target-boundary-values.ts';
import { NUMBER_AND_TIME_VALUES } from '../support/target-number-time-values.ts';
import { TEXT_VALUES } from '../support/target-text-values.ts';
import { errorOf, OWNER } from '../support/target-under-test.ts';
import { outcomeOn, type ValueType } from '../support/target-value-case.ts';

/** The answer to a type that the server does not know. */
const SYNTAX_ERROR = 1064;

function expected({ read }: ValueType, outcome: string): string | number {
  if (read === 'float') {
    return Math.fround(Number(outcome));
  }
  return read === 'double' ? Number(outcome) : outcome;
}

function comparable({ read }: ValueType, value: string | null): string | number | null {
  return value !== null && (read === 'double' || read === 'float') ? Number(value) : value;
}

const nameOf = (cell: Cell) => JSON.stringify(cell instanceof JsonDocument ? cell.text : cell).slice(0, 40);

describe.each(FLAVOURS)('$flavour', (flavour) => {
  let opened: FlavourServer;
  let target: MysqlTarget;
  let writer: ShardWriter;

  beforeAll(async () => {
    opened = await openFlavour(flavour, { name: 'target' });
    target = await MysqlTarget.open(opened.server, 'value_matrix');
    await target.shard.takeFence(OWNER);
    writer = target.shard.openWriter(OWNER, 0);
  });

  afterAll(async () => {
    await target[Symbol.asyncDispose]();
    await opened[Symbol.asyncDispose]();
  });

  let tables = 0;

  async function createTable({ type }: ValueType, keys?: string): Promise<TableShape> {
    tables++;
    const columns =
      keys === undefined ? `id INT NOT NULL, v ${type} NULL, other INT NULL` : `id INT, v ${type} NOT NULL`;
    return target.createTable(`t${tables}`, columns, keys);
  }

  async function read(table: TableShape, read: ValueType['read'] = 'text'): Promise<readonly (string | null)[]> {
    const expression = {
      text: 'HEX(CONVERT(v USING utf8mb4))',
      bytes: 'HEX(v)',
      double: 'v',
      float: 'v + 0e0',
    }[read];
    const rows = await target.sql(`SELECT ${expression} AS v FROM ${table.name} ORDER BY id`);
    return rows.map(({ v = null }) => (v !== null && read === 'text' ? Buffer.from(v, 'hex').toString() : v));
  }

  const all = [...NUMBER_AND_TIME_VALUES, ...TEXT_VALUES, ...BOUNDARY_VALUES];
  const existing = all.filter(({ only = flavour.flavour }) => only === flavour.flavour);

  test.each(all.filter((valueType) => !existing.includes(valueType)))('$type does not exist', async (valueType) => {
    await expect(createTable(valueType)).rejects.toMatchObject({ errno: SYNTAX_ERROR });
  });

  describe.each(existing)('$type', (valueType) => {
    const cases = valueType.cases.map(([cell, outcome]) => [cell, outcomeOn(flavour.flavour, outcome)] as const);
    const good = cases.filter(([, outcome]) => typeof outcome === 'string');
    const bad = cases.flatMap(([cell, outcome]) => (typeof outcome === 'string' ? [] : [{ cell, outcome }]));
    const cells = good.map(([cell]) => cell);
    const outcomes = good.map(([, outcome]) => expected(valueType, String(outcome)));

    const rowsOf = (table: TableShape, values: readonly Cell[], seq: number) =>
      values.map((v, id) => aChange({ table, row: { id: String(id), v }, seq }));
    const readBack = async (table: TableShape) =>
      (await read(table, valueType.read)).map((value) => comparable(valueType, value));

    if (good.length > 0) {
      test('inserted', async () => {
        const table = await createTable(valueType);
        await writer.write(rowsOf(table, cells, 1));
        expect(await readBack(table)).toEqual(outcomes);
      });

      test('updated in place, from NULL and to NULL', async () => {
        const table = await createTable(valueType);
        const nulls = cells.map(() => null);
        await writer.write(rowsOf(table, nulls, 1));
        await writer.write(rowsOf(table, cells, 2));
        expect(await readBack(table)).toEqual(outcomes);
        await writer.write(rowsOf(table, nulls, 1));
        expect(await readBack(table)).toEqual(outcomes);
        await writer.write(rowsOf(table, nulls, 3));
        expect(await readBack(table)).toEqual(nulls);
      });

      test('updated one by one', async () => {
        const table = await createTable(valueType, undefined);
        await target.sql(`ALTER TABLE ${table.name} ADD UNIQUE (other)`);
        const ordered = await target.readTable(table.name);
        await writer.write(rowsOf(ordered, [...cells.slice(1), null], 1));
        await writer.write(rowsOf(ordered, cells, 2));
        expect(await readBack(ordered)).toEqual(outcomes);
      });
    }

    if (valueType.isKey === true) {
      test('as a key: found again by a newer change, and deleted', async () => {
        const table = await createTable(valueType, 'PRIMARY KEY (v)');
        const distinct = cells.filter((_, at) => !outcomes.slice(0, at).includes(outcomes[at] ?? ''));
        const changes = (op: 'upsert' | 'delete', seq: number) =>
          distinct.map((v, id) => aChange({ table, op, row: { id: String(id), v }, seq }));
        await writer.write(changes('upsert', 1));
        await writer.write(changes('upsert', 2));
        expect(await readBack(table)).toEqual([...new Set(outcomes)]);
        await writer.write(changes('delete', 3));
        expect(await readBack(table)).toEqual([]);
      });
    }

    if (bad.length > 0) {
      test('refused', async () => {
        const table = await createTable(valueType);
        const codes: string[] = [];
        for (const { cell } of bad) {
          const error = await errorOf(writer.write(rowsOf(table, [cell], 1)));
          codes.push(`${nameOf(cell)} ${error.code}`);
        }
        expect(codes).toEqual(bad.map(({ cell, outcome }) => `${nameOf(cell)} ${outcome.code}`));
        expect(await readBack(table)).toEqual([]);
      });
    }
  });
});
