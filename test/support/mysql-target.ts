/** A schema of its own on a real server as a target, and a session of ours beside it that looks and disturbs. */
import { setTimeout } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { MarkerColumns } from '../../actors/target/marker-columns.ts';
import { openMysqlTargetShard } from '../../actors/target/mysql/mysql-target-shard.ts';
import { quoteName } from '../../actors/target/mysql/quote-name.ts';
import type { FenceOwner, ShardChange, TargetShard } from '../../actors/target/target-shard.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { Secret } from '../../protocol/settings/secret.ts';
import type { ContractTable, TargetUnderTest } from './target-under-test.ts';

const MARKER: MarkerColumns = { writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' };
const MARKER_DDL = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

export interface ShardDraft {
  readonly openDeadlineMs?: number;
  readonly batchDeadlineMs?: number;
  /** Of a proxy in front of the server, or of another user. */
  readonly address?: Partial<ServerAddress>;
  readonly password?: string;
  readonly primaryKeys?: ReadonlyMap<string, readonly string[]>;
}

const UNTIL_DEADLINE_MS = 20_000;
/** InnoDB's view of transactions is a copy that is renewed only when nobody read it for 100 ms. */
const UNTIL_EVERY_MS = 120;

type TextRow = Readonly<Record<string, string | null>>;

export class MysqlTarget implements TargetUnderTest {
  readonly schema: string;
  readonly #address: ServerAddress;
  readonly #sessions: mysql.Connection[] = [];
  readonly #shards: TargetShard[] = [];
  readonly #main: mysql.Connection;
  #shard: TargetShard | undefined;

  private constructor(address: ServerAddress, schema: string, main: mysql.Connection) {
    this.#address = address;
    this.schema = schema;
    this.#main = main;
    this.#sessions.push(main);
  }

  static async open(address: ServerAddress, schema: string): Promise<MysqlTarget> {
    const main = await connect(address);
    await main.query(`DROP DATABASE IF EXISTS ${schema}; CREATE DATABASE ${schema}; USE ${schema}`);
    return new MysqlTarget(address, schema, main);
  }

  /** The same schema again, when the server was restarted. */
  static async join(address: ServerAddress, schema: string): Promise<MysqlTarget> {
    return new MysqlTarget(address, schema, await connect(address, schema));
  }

  /** The shard that most tests need. */
  get shard(): TargetShard {
    this.#shard ??= this.openShard();
    return this.#shard;
  }

  /** Another one, as another process would open it. */
  openShard({
    batchDeadlineMs,
    openDeadlineMs,
    address,
    password = '',
    primaryKeys = new Map(),
  }: ShardDraft = {}): TargetShard {
    const server = { ...this.#address, ...address, password: new Secret(password), database: this.schema };
    const shard = openMysqlTargetShard({
      name: 'shard-1',
      server,
      marker: MARKER,
      primaryKeys,
      logger: silentLogger,
      ...(batchDeadlineMs === undefined ? {} : { batchDeadlineMs }),
      ...(openDeadlineMs === undefined ? {} : { openDeadlineMs }),
    });
    this.#shards.push(shard);
    return shard;
  }

  /** Another session of a test, closed with the target. */
  async openSession(): Promise<mysql.Connection> {
    const session = await connect(this.#address, this.schema);
    this.#sessions.push(session);
    return session;
  }

  async sql(text: string): Promise<readonly TextRow[]> {
    const [rows] = await this.#main.query(text);
    return Array.isArray(rows) ? (rows as TextRow[]) : []; // every value as text or NULL, see connect()
  }

  /** @returns the shape of the table, whose marker columns are added */
  async createTable(name: string, columns: string, keys = 'PRIMARY KEY (id)'): Promise<TableShape> {
    await this.sql(
      `CREATE TABLE ${quoteName(name)} (${columns}, ${MARKER_DDL}${keys === '' ? '' : `, ${keys}`}) ENGINE=InnoDB`,
    );
    return this.readTable(name);
  }

  async readTable(name: string, shard = this.shard): Promise<TableShape> {
    const table = (await shard.readTables([name])).get(name);
    if (table === undefined) {
      throw new Error(`no table ${name}`);
    }
    return table;
  }

  createContractTable(kind: ContractTable): Promise<TableShape> {
    const columns = `id BIGINT NOT NULL, value VARCHAR(10) NULL, note VARCHAR(10) NOT NULL DEFAULT 'none', needed INT NOT NULL`;
    return this.createTable(kind, columns, kind === 'unique' ? 'PRIMARY KEY (id), UNIQUE (value)' : undefined);
  }

  readRows({ name }: TableShape): Promise<readonly TextRow[]> {
    return this.sql(`SELECT * FROM ${quoteName(name)} ORDER BY 1`);
  }

  async insertForeign({ name }: TableShape, id: string): Promise<void> {
    await this.sql(`INSERT INTO ${quoteName(name)} (id, needed) VALUES (${id}, 1)`);
  }

  async holdRow({ name }: TableShape, id: string): Promise<() => Promise<void>> {
    const session = await this.openSession();
    await session.query(`START TRANSACTION; SELECT 1 FROM ${quoteName(name)} WHERE id = ${id} FOR UPDATE`);
    return async () => {
      await session.query('ROLLBACK');
    };
  }

  async untilWaiting(sessions: number): Promise<void> {
    await setTimeout(UNTIL_EVERY_MS); // what an earlier test saw must not count
    const sql = `SELECT COUNT(*) AS waiting FROM information_schema.INNODB_TRX
      JOIN information_schema.PROCESSLIST ON PROCESSLIST.ID = trx_mysql_thread_id
      WHERE trx_state = 'LOCK WAIT' AND DB = '${this.schema}'`;
    await this.until(sql, ({ waiting }) => Number(waiting) >= sessions);
  }

  /** Asks until the first row of the answer is as wanted. */
  async until(sql: string, isWanted: (row: TextRow) => boolean): Promise<void> {
    const deadlineAtMs = performance.now() + UNTIL_DEADLINE_MS;
    for (let [row] = await this.sql(sql); row === undefined || !isWanted(row); [row] = await this.sql(sql)) {
      if (performance.now() > deadlineAtMs) {
        throw new Error(`still ${JSON.stringify(row)} after ${UNTIL_DEADLINE_MS} ms: ${sql}`);
      }
      await setTimeout(UNTIL_EVERY_MS);
    }
  }

  /** Writes as lane 0 of the owner. */
  async write(owner: FenceOwner, changes: readonly ShardChange[]): Promise<void> {
    const writer = this.shard.openWriter(owner, 0);
    try {
      await writer.write(changes);
    } finally {
      await writer.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.close()));
    for (const session of this.#sessions) {
      session.destroy();
    }
  }
}

async function connect(address: ServerAddress, database?: string): Promise<mysql.Connection> {
  const { host, port, user } = address;
  const session = await mysql.createConnection({
    host,
    port,
    user,
    ...(database === undefined ? {} : { database }),
    multipleStatements: true,
    // By bytes of the server, not by a type of the driver.
    typeCast: (field) => field.string(),
  });
  session.on('error', () => {}); // the next query tells it
  await session.query("SET time_zone = '+00:00'");
  return session;
}
