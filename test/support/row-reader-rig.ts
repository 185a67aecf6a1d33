/** A reader of rows on a schema of a test. */
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { MysqlRowReader } from '../../actors/row/mysql-row-reader.ts';
import type { RowReader } from '../../actors/row/row-reader.ts';
import { MysqlPool } from '../../actors/runtime/mysql-pool.ts';
import { codeMysqlError } from '../../actors/target/mysql/mysql-errors.ts';
import { serverOf } from './capture-rig.ts';

interface Place {
  readonly server: { readonly host: string; readonly port: number; readonly user: string };
  readonly schema: string;
  readonly primaryKeys?: ReadonlyMap<string, readonly string[]>;
  readonly deadlineMs?: number;
}

export function openRowReader({ server, schema, primaryKeys = new Map(), deadlineMs }: Place): RowReader & Disposable {
  const reader = new MysqlRowReader({
    pool: new MysqlPool({ server: serverOf({ server, schema }), maxConnections: 2, openDeadlineMs: 10_000 }),
    database: schema,
    primaryKeys,
    codeError: (error, doing) => codeMysqlError(error, { doing, sent: false, shard: schema }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });
  return Object.assign(reader, { [Symbol.dispose]: () => reader.close() });
}

export async function getShape(reader: RowReader, table: string): Promise<TableShape> {
  const shape = (await reader.readTables([table])).get(table);
  if (shape === undefined) {
    throw new Error(`no table ${table}`);
  }
  return shape;
}
