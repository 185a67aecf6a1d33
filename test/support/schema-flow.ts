/**
 * From a real source over its binary log to a real target, while both tables change and an application goes on writing.
 * What a change leaves different is judged by the comparison that shares no code with the write path.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import type { DatabaseServer } from '../../deploy/local/database-server.ts';
import { systemClock } from '../../protocol/clock.ts';
import { compareTable, type TableResult } from '../compare/compare-table.ts';
import { Snapshot } from '../compare/table-scan.ts';
import { buildRig, type CaptureRig, openSchema } from './capture-rig.ts';
import { buildSinkRig, type SinkRig } from './sink-rig.ts';
import { aTarget } from './sink-target.ts';
import { SqlLoad } from './sql-load.ts';

const COLUMNS = `id BIGINT UNSIGNED NOT NULL, region INT NOT NULL, ver INT NOT NULL, name VARCHAR(20) NULL,
  amount DECIMAL(12,4) NULL, qty INT NULL, u INT NULL`;
const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL';
const SOURCE_SCHEMA = 'flow_source';
const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 10;
/** The tables are looked at every minute; a test cannot wait so long. */
const REFRESH_MS = 150;

const clock = {
  ...systemClock,
  after: (ms: number, run: () => void) => systemClock.after(ms === 60_000 ? REFRESH_MS : ms, run),
};

type Target = Awaited<ReturnType<typeof aTarget>>;

interface Parts {
  readonly load: SqlLoad;
  readonly sink: SinkRig;
  readonly capture: CaptureRig;
  readonly sourceServer: DatabaseServer;
  readonly targetServer: DatabaseServer;
  readonly target: Target;
  readonly cleanUp: AsyncDisposableStack;
}

export class SchemaFlow implements AsyncDisposable {
  readonly load: SqlLoad;
  readonly sink: SinkRig;
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.load = parts.load;
    this.sink = parts.sink;
    this.#parts = parts;
  }

  static async open(sourceServer: DatabaseServer, targetServer: DatabaseServer): Promise<SchemaFlow> {
    await using opening = new AsyncDisposableStack();
    const session = opening.use(await openSchema(sourceServer, SOURCE_SCHEMA));
    await session.query(`CREATE TABLE orders (${COLUMNS}, PRIMARY KEY (id))`);
    const target = opening.use(
      await aTarget(targetServer, 1, `CREATE TABLE orders (${COLUMNS}, ${MARKERS}, PRIMARY KEY (id))`),
    );
    const tables = { orders: { recordKey: ['region'] } };
    const capture = opening.use(
      buildRig({ server: sourceServer, schema: SOURCE_SCHEMA, serverId: 9500, tables, partitions: 1 }),
    );
    const sink = opening.use(buildSinkRig({ ...target.options, clock }));
    capture.producer.beforeAck = async (records) => {
      sink.partition.append(...records);
    };
    await Promise.all([capture.actor.start(), sink.actor.start()]);
    const load = opening.use(new SqlLoad(session));
    return new SchemaFlow({ load, sink, capture, sourceServer, targetServer, target, cleanUp: opening.move() });
  }

  /** A statement at the source, as somebody else than the application. */
  async atSource(statement: string): Promise<void> {
    const { host, port, user } = this.#parts.sourceServer;
    const session = await mysql.createConnection({ host, port, user, database: SOURCE_SCHEMA });
    await session.query(statement).finally(() => session.destroy());
  }

  async atTarget(statement: string): Promise<void> {
    await this.#parts.target.sql.query(`USE ${this.#parts.target.schemas[0]}; ${statement}`);
  }

  /** Values that the counters say were not written, by column. */
  unwritten(): ReadonlyMap<string, number> {
    return new Map(this.sink.detail().unwrittenColumns.map(({ column, changes }) => [column, changes]));
  }

  async hasAtTarget(condition: string): Promise<boolean> {
    const [rows] = await this.#parts.target.sql.query(
      `SELECT 1 FROM ${this.#parts.target.schemas[0]}.orders WHERE ${condition} LIMIT 1`,
    );
    return (rows as unknown[]).length > 0;
  }

  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (const startMs = performance.now(); !(await isSo()); await sleep(LOOK_EVERY_MS)) {
      if (performance.now() - startMs > DEADLINE_MS) {
        const state = JSON.stringify([this.#parts.capture.actor.status(), this.sink.actor.status()]);
        throw new Error(`not within ${DEADLINE_MS} ms: ${what} (seed ${this.load.seed}): ${state}`);
      }
    }
  }

  /** All that the application has committed is settled. The load must be paused. */
  async settle(): Promise<void> {
    const mark = await this.load.writeMark();
    const { sent } = this.#parts.capture.producer;
    await this.until('the source is read', () => sent.slice(-5).some(({ value }) => value.includes(mark)));
    const { partition } = this.sink;
    const { end } = partition;
    await this.until('all is settled', () => (partition.committed?.offset ?? 0n) >= end);
  }

  findings(): Promise<readonly unknown[]> {
    return this.#parts.target.findings();
  }

  async compare(): Promise<TableResult> {
    const { sourceServer, targetServer, target } = this.#parts;
    await using snapshots = new AsyncDisposableStack();
    const open = async (server: DatabaseServer, database = '') =>
      snapshots.adopt(await Snapshot.open({ ...server, database }), (snapshot) => snapshot.close());
    const source = await open(sourceServer, SOURCE_SCHEMA);
    const pair = { target: 'target', table: 'orders', sourceFrom: 'orders t', sourceWhere: 'TRUE' };
    return await compareTable(pair, source, await open(targetServer, target.schemas[0]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.cleanUp.disposeAsync();
  }
}
