/**
 * A sink with a real target whose source is real too: what a test commits there is in its binary log, and becomes a record when
 * the test says so. Repairs are asked for over a bus in memory.
 */
import { createRowWitness } from '../../actors/row/create-row-witness.ts';
import { MysqlRowReader } from '../../actors/row/mysql-row-reader.ts';
import type { MysqlServer } from '../../actors/runtime/mysql-connection.ts';
import { MysqlPool } from '../../actors/runtime/mysql-pool.ts';
import { MysqlRowAnchor } from '../../actors/source/mysql-row-anchor.ts';
import { MysqlSourceDatabase } from '../../actors/source/mysql-source-database.ts';
import { codeMysqlError } from '../../actors/target/mysql/mysql-errors.ts';
import { systemClock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { RepairAnswer, RepairRequest } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { MemoryNetwork } from './memory-bus.ts';
import {
  aRecord,
  buildPipelineSettings,
  buildSinkRig,
  openTestSession,
  type RigServer,
  type SinkRigOptions,
  serverIn,
} from './sink-rig.ts';
import { aTarget } from './sink-target.ts';

const MARKERS = ['ergate_yn', 'rpc_time', 'ergate_seq'] as const;

export interface RepairRigOptions {
  /** Of the target table. */
  readonly markers?: readonly (typeof MARKERS)[number][];
  /** Of the source and the target table. */
  readonly columns?: string;
  readonly table?: object;
  readonly recordKeys?: ReadonlyMap<string, readonly string[]>;
  readonly sink?: Partial<SinkRigOptions>;
}

const MARKER_TYPES = {
  ergate_yn: 'ergate_yn TINYINT NULL',
  rpc_time: 'rpc_time DATETIME(3) NULL',
  ergate_seq: 'ergate_seq BIGINT UNSIGNED NULL',
} as const;

let rigs = 0;

export const nameOf = (id: number, shard: string, more: Partial<RowName> = {}): RowName => ({
  table: 'orders',
  shard,
  rowKey: `6:orders/1n${id}`,
  targetKey: [['id', String(id)]],
  sourceKey: [['id', String(id)]],
  ...more,
});

function openTargetReader({ name, ...server }: MysqlServer & { readonly name: string }): MysqlRowReader {
  return new MysqlRowReader({
    pool: new MysqlPool({ server, maxConnections: 1, openDeadlineMs: 5_000 }),
    database: server.database,
    primaryKeys: new Map(),
    codeError: (error, doing) => codeMysqlError(error, { doing, sent: false, shard: name }),
  });
}

export async function openRepairRig(server: RigServer, options: RepairRigOptions = {}) {
  const { markers = MARKERS, columns = 'id BIGINT PRIMARY KEY, v VARCHAR(20)' } = options;
  rigs += 1;
  const source = `src${rigs}`;
  const sql = await openTestSession(server, [source]);
  const target = await aTarget(
    server,
    1,
    `CREATE TABLE orders (${[columns, ...markers.map((name) => MARKER_TYPES[name])].join(', ')})`,
  );
  const [shard = ''] = target.schemas;
  await sql.query(`USE ${source}; CREATE TABLE orders (${columns})`);
  const table = options.table ?? {};
  const settings = buildPipelineSettings({ tables: { orders: table } });
  const database = new MysqlSourceDatabase({ server: serverIn(server, source) });
  const targets = [{ name: shard, reader: openTargetReader({ ...serverIn(server, shard), name: shard }) }];
  const looked = database.openRowReader(new Map());
  const pool = new MysqlPool({ server: serverIn(server, source), maxConnections: 1, openDeadlineMs: 5_000 });
  const looking = createRowWitness({
    settings,
    source: looked,
    targets,
    openLookup: (resolver) => database.lookup(resolver),
    clock: systemClock,
  });
  const witness = {
    looks: 0,
    /** Called before each look, with how many there were before. */
    onLook: (_before: number): Promise<void> | void => {},
    look: async (rows: readonly RowName[]) => {
      witness.looks += 1;
      await witness.onLook(witness.looks - 1);
      return looking.look(rows);
    },
  };
  const network = new MemoryNetwork(systemClock);
  const rig = buildSinkRig({
    ...target.options,
    tables: { orders: table },
    ...options.sink,
    repair: {
      bus: network.open('sink', silentLogger),
      environment: 'test',
      witness,
      anchor: new MysqlRowAnchor({ pool, tables: looked, logEpoch: 0 }),
      recordKeys: options.recordKeys ?? new Map([['orders', ['id']]]),
      readers: new Map(targets.map(({ name, reader }) => [name, reader])),
    },
  });
  const asker = network.open('asker', silentLogger);
  const subject = buildSubjects('test').actorCommand('sink.order-seller.0', 'repair');
  const ask = (body: unknown) => asker.request(subject, { type: 'repair', id: '1', epoch: 0, body }, 20_000);
  const committed: ReturnType<typeof aRecord>[] = [];

  async function readRows(schema: string, list: string) {
    const [rows] = await target.sql.query(`SELECT CONCAT_WS(' ', ${list}) AS row FROM ${schema}.orders ORDER BY id`);
    return (rows as { row: string }[]).map(({ row }) => row);
  }

  return {
    ...rig,
    network,
    database,
    targets,
    looking,
    stateServer: serverIn(server, target.options.stateSchema),
    witness,
    shard,
    source,
    sql,
    ask,
    repair: async (id: number, more: Partial<RepairRequest> = {}): Promise<RepairAnswer> => {
      const { code, message, body } = await ask({
        row: nameOf(id, shard),
        mode: 'repair',
        mayDelete: true,
        ...more,
      });
      if (code !== 'OK') {
        throw new Error(`${code} ${message}`);
      }
      return body as RepairAnswer;
    },
    /** A transaction of the source; its record waits for publish(). */
    commit: async (statement: string, ...payloads: Parameters<typeof aRecord>[2][]) => {
      const [status] = await sql.query('SHOW MASTER STATUS');
      const { File, Position } = (status as { File: string; Position: unknown }[])[0] ?? { File: '', Position: 0 };
      await sql.query(statement);
      const key = String((payloads[0]?.new ?? payloads[0]?.old ?? { id: '' })['id' as never]);
      const { value } = aRecord(key, Number(Position), ...payloads);
      const record = JSON.parse(value) as { source: object };
      const source = { ...record.source, file: Number(File.split('.')[1]) };
      committed.push({ key, value: JSON.stringify({ ...record, source }) });
    },
    /** @returns the offset behind them */
    publish: (records = committed.length): bigint => {
      rig.partition.append(...committed.splice(0, records));
      return rig.partition.end;
    },
    readTarget: (list = 'id, v') => readRows(shard, list),
    readSource: (list = 'id, v') => readRows(source, list),
    damage: (statement: string) => target.sql.query(`USE ${shard}; ${statement}`),
    [Symbol.asyncDispose]: async () => {
      await rig[Symbol.asyncDispose]();
      await asker.close();
      database.close();
      pool.close();
      for (const { reader } of targets) {
        reader.close();
      }
      sql.destroy();
      await target[Symbol.asyncDispose]();
    },
  };
}
