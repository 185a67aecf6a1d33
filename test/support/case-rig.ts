/** A source, two shards and a state database on one server, with rows that are wrong and a case for each. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../../actors/state/case.ts';
import type { CasePlace } from '../../actors/state/case-store.ts';
import { openStateDatabase, type StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { RowOwner } from '../../actors/sweeper/row-owner.ts';
import { type MariadbServer, startMariadb } from '../../deploy/local/start-mariadb.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { loadSettings } from '../../supervisor/cli/load-settings.ts';
import { openRowSides } from '../../supervisor/open-row-sides.ts';
import type { ChangeTopic } from '../../supervisor/recover/change-topic.ts';
import {
  type ChangeChoice,
  type FoundChangedRows,
  findChangedRows,
} from '../../supervisor/recover/find-changed-rows.ts';
import { type FoundRows, findRows, type KeyChoice } from '../../supervisor/recover/find-rows.ts';
import { aNewCase, opening } from './build-new-case.ts';
import { openSchema, serverOf } from './capture-rig.ts';
import type { MemoryPartition } from './memory-stream.ts';
import { type Ended, runErgate } from './run-ergate.ts';

export const PLACE: CasePlace = { pipeline: 'order-seller', partition: 0, epoch: 1 };
const SCHEMA = 'state_of_cases';
const SHARDS = ['seller0', 'seller1'];
const COLUMNS = 'order_no BIGINT NOT NULL PRIMARY KEY, seller_no INT NOT NULL, memo VARCHAR(40) NULL';
const MARKERS = 'ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq DECIMAL(40) NULL';
/** Of the one pipeline: another tool writes its target. */
const BESIDE = `    apply: false
    verification: {}
`;
const TABLES = [
  'case',
  'case_history',
  'case_event',
  'case_order',
  'case_place',
  'incident',
  'unverified_range',
  'run',
  'run_item',
  'audit',
];

export class CaseRig implements AsyncDisposable {
  readonly db: Awaited<ReturnType<typeof openSchema>>;
  readonly state: StateDatabase;
  readonly #folder: string;
  readonly #server: MariadbServer;
  readonly #settings: Settings;

  private constructor(parts: { folder: string; server: MariadbServer; db: CaseRig['db']; settings: Settings }) {
    this.#folder = parts.folder;
    this.#server = parts.server;
    this.#settings = parts.settings;
    this.db = parts.db;
    this.state = openStateDatabase(serverOf({ server: parts.server, schema: SCHEMA }));
  }

  /** Without the tables of the state database. */
  static async open(): Promise<CaseRig> {
    const folder = await mkdtemp(join(tmpdir(), 'ergate-cases-'));
    const server = await startMariadb({ folder, name: 'all' });
    const file = join(folder, 'ergate.yaml');
    await writeFile(file, buildSettings(server, server.port));
    await writeFile(join(folder, 'away.yaml'), buildSettings(server, 1));
    await writeFile(join(folder, 'beside.yaml'), `${buildSettings(server, server.port)}${BESIDE}`);
    const db = await openSchema(server, SCHEMA);
    for (const schema of ['order', ...SHARDS]) {
      await db.query(`CREATE DATABASE \`${schema}\`; CREATE TABLE \`${schema}\`.orders
        (${COLUMNS}${schema === 'order' ? '' : `, ${MARKERS}`}) DEFAULT CHARSET=utf8mb4`);
    }
    return new CaseRig({ folder, server, db, settings: loadSettings([file]) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.state.close();
    this.db.destroy();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  readonly ergate = (...args: readonly string[]): Promise<Ended> =>
    runErgate(...args, '--config', join(this.#folder, 'ergate.yaml'));

  /** Of a pipeline that another tool applies. */
  readonly ergateBeside = (...args: readonly string[]): Promise<Ended> =>
    runErgate(...args, '--config', join(this.#folder, 'beside.yaml'));

  /** With a state database that does not answer. */
  readonly ergateAway = (...args: readonly string[]): Promise<Ended> =>
    runErgate(...args, '--config', join(this.#folder, 'away.yaml'));

  /**
   * Orders 1 and 5 are right, 2 and 4 differ, 3 is missing, 6 is at the target only.
   *
   * @returns a case of each that is wrong, by its number
   */
  async reset(): Promise<readonly Case[]> {
    await this.state.ensureSchema();
    await this.db.query(TABLES.map((table) => `DELETE FROM ergate_${table}`).join(';'));
    await this.db.query("UPDATE ergate_audit_head SET last_id = 0, last_sha256 = REPEAT('0', 64)");
    await this.#putRows('order', "(1, 0, 'a'), (2, 0, 'b'), (3, 1, 'c'), (4, 1, 'secret-d'), (5, 0, NULL)");
    await this.#putRows('seller0', "(1, 0, 'a'), (2, 0, 'B'), (5, 0, NULL)");
    await this.#putRows('seller1', "(4, 1, ''), (6, 1, 'f')");
    await this.state.cases.takePlace(PLACE);
    const { rows } = await this.find({ kind: 'range', from: undefined, to: undefined });
    const inOrder = rows.toSorted(
      (left, right) => Number(left.row.targetKey[0]?.[1]) - Number(right.row.targetKey[0]?.[1]),
    );
    const writes = inOrder.map(({ row }) => opening(aNewCase('', { pipeline: PLACE.pipeline, partition: 0, row })));
    return (await this.state.cases.write(PLACE, writes)).filter((one) => one !== undefined);
  }

  async find(choice: KeyChoice, partitions = 1): Promise<FoundRows> {
    const pipeline = this.#settings.pipelines[PLACE.pipeline];
    if (pipeline === undefined) {
      throw new Error('the pipeline is not in its settings');
    }
    const sides = openRowSides(this.#settings, pipeline);
    try {
      const owner = new RowOwner(new Map([['orders', ['order_no']]]), partitions);
      return await findRows('orders', choice, { settings: pipeline, sides, owner, maxRows: 10 });
    } finally {
      sides.close();
    }
  }

  /** By the changes in the records, all of one partition. */
  async findChanged(partition: MemoryPartition, choice: ChangeChoice): Promise<FoundChangedRows> {
    const pipeline = this.#settings.pipelines[PLACE.pipeline];
    if (pipeline === undefined) {
      throw new Error('the pipeline is not in its settings');
    }
    const sides = openRowSides(this.#settings, pipeline);
    const topic: ChangeTopic = {
      readPartitionCount: async () => 1,
      findOffsets: async (atMs) => {
        const found = partition.records.find(({ timestampMs }) => timestampMs >= atMs);
        return new Map([[0, found?.offset ?? partition.end]]);
      },
      open: (_, events) => partition.open(events),
    };
    try {
      return await findChangedRows(choice, { settings: pipeline, sides, topic, clock: systemClock, maxRows: 10 });
    } finally {
      sides.close();
    }
  }

  async #putRows(schema: string, rows: string): Promise<void> {
    await this.db.query(`DELETE FROM \`${schema}\`.orders;
      INSERT INTO \`${schema}\`.orders (order_no, seller_no, memo) VALUES ${rows}`);
  }
}

function buildSettings({ host, port, user }: MariadbServer, statePort: number): string {
  const at = (name: string, database: string) =>
    `{ name: ${name}, host: ${host}, port: ${port}, user: ${user}, database: ${database} }`;
  return `version: 1
environment: test
nats: { servers: ["nats://127.0.0.1:1"] }
kafka: { brokers: ["127.0.0.1:1"] }
state: { host: ${host}, port: ${statePort}, user: ${user}, database: ${SCHEMA} }
databases:
  order: { driver: mysql, shards: [${at('order', 'order')}] }
  seller: { driver: mysql, shards: [${SHARDS.map((shard) => at(shard, shard)).join(', ')}] }
captures:
  order: { database: order, topic: cdc.order, serverId: 5701, tables: { orders: { recordKey: [order_no] } } }
pipelines:
  order-seller:
    source: { database: order, topic: cdc.order }
    target: { database: seller, shardBy: modulo }
    tables: { orders: { shardKey: seller_no } }
`;
}
