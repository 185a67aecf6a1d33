/**
 * One fault of a target, from a quiet start to the verdict: seeded load through a real sink to two real servers, of which one
 * is reached through a proxy and made to suffer. `finish()` asks the servers only: their rows, their own logs, their sessions.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { openStateDatabase } from '../../../actors/state/mysql-state-database.ts';
import { openMysqlTargetShard } from '../../../actors/target/mysql/mysql-target-shard.ts';
import { Secret } from '../../../protocol/settings/secret.ts';
import { MemoryLogger } from '../capture-rig.ts';
import { ChaosProxy } from '../chaos-proxy/chaos-proxy.ts';
import { buildSinkRig, openTestSession, type RigServer, type SinkRig, serverIn } from '../sink-rig.ts';
import { CREATE_FAULT_TABLE, FAULT_TABLE, FaultLoad } from './fault-load.ts';
import type { FaultServers } from './fault-servers.ts';
import { WatchedPartition } from './watched-partition.ts';

export interface FaultRunOptions {
  readonly servers: FaultServers;
  /** Names its schemas. */
  readonly name: string;
  readonly recordsPerSecond?: number;
  readonly settings?: object;
  /** Beside the one that the load changes, and like it. */
  readonly tables?: Readonly<Record<string, object>>;
  readonly maxQueuedBytes?: number;
  readonly batchDeadlineMs?: number;
  readonly openDeadlineMs?: number;
  /** Of the victim; default root. */
  readonly user?: string;
  readonly password?: string;
  /** Statements in the schema of the victim, before anything is written. */
  readonly prepare?: string;
}

export const FAULT_PIPELINE = 'order-seller';
export const VICTIM = 0;
export const STEADY = 1;

const PUMP_EVERY_MS = 10;
const LOOK_EVERY_MS = 20;
const WITHIN_MS = 30_000;
const WARM_UP_RECORDS = 60;
/** Small, so that a fault of seconds reaches them. */
const MAX_QUEUED_BYTES = 262_144;
const MAX_OFFSET_GAP = 2_000;
/** A fetch that was under way when the limit was reached, and what the test's own rows are. */
const BYTES_ABOVE = 262_144;

export class FaultRun implements AsyncDisposable {
  readonly proxy: ChaosProxy;
  readonly load: FaultLoad;
  readonly partition: WatchedPartition;
  readonly logger = new MemoryLogger();
  /** Sessions of the test, without a schema of their own; opened again when they break. */
  readonly victim: mysql.Pool;
  readonly steady: mysql.Pool;
  readonly schemas: readonly [string, string];
  readonly stateSchema: string;
  readonly seed: number;
  readonly #options: FaultRunOptions;
  readonly #sessions: mysql.Connection[] = [];
  #rig: SinkRig;
  #placeEpoch = 1;
  #pump: NodeJS.Timeout | undefined;
  #highestBytes = 0;

  private constructor(
    options: FaultRunOptions,
    parts: {
      readonly seed: number;
      readonly proxy: ChaosProxy;
      readonly victim: mysql.Pool;
      readonly steady: mysql.Pool;
    },
  ) {
    const { servers, name } = options;
    this.#options = options;
    this.proxy = parts.proxy;
    this.victim = parts.victim;
    this.steady = parts.steady;
    this.seed = parts.seed;
    this.schemas = [`${name}_0`, `${name}_1`];
    this.stateSchema = `${name}_state`;
    this.load = new FaultLoad(parts.seed);
    const logFolders = new Map([
      ['seller0', join(servers.victim.folder, 'data')],
      ['seller1', join(servers.steady.folder, 'data')],
    ]);
    this.partition = new WatchedPartition(FAULT_PIPELINE, logFolders);
    this.#rig = this.#buildRig();
  }

  /** ERGATE_FAULT_SEED repeats the load of an earlier run. */
  static async start(options: FaultRunOptions): Promise<FaultRun> {
    const { servers, name, prepare = 'DO 0', tables = {} } = options;
    const seed = Number(process.env['ERGATE_FAULT_SEED'] ?? Math.floor(Math.random() * 1_000_000));
    const victim = openPool(servers.victim);
    const steady = openPool(servers.steady);
    const more = Object.keys(tables).map((table) => `CREATE TABLE ${table} LIKE ${FAULT_TABLE}`);
    const create = [CREATE_FAULT_TABLE, ...more].join('; ');
    await makeSchema(servers.victim, `${name}_0`, `${create}; ${prepare}`);
    await makeSchema(servers.steady, `${name}_1`, create);
    await makeSchema(servers.steady, `${name}_state`, 'DO 0');
    const state = openStateDatabase(serverIn(servers.steady, `${name}_state`));
    await state.ensureSchema();
    state.close();
    const proxy = await ChaosProxy.open({ port: servers.victim.port, seed });
    const run = new FaultRun(options, { seed, proxy, victim, steady });
    await run.#rig.actor.start();
    run.startLoad();
    await run.until('the first records are written', () => run.covered >= WARM_UP_RECORDS);
    return run;
  }

  get rig(): SinkRig {
    return this.#rig;
  }

  get covered(): number {
    return this.partition.covered;
  }

  /** Most bytes of records that were held at once. */
  get highestBytes(): number {
    return this.#highestBytes;
  }

  get servers(): FaultServers {
    return this.#options.servers;
  }

  startLoad(): void {
    const perTick = ((this.#options.recordsPerSecond ?? 300) * PUMP_EVERY_MS) / 1_000;
    let owed = 0;
    this.#pump = setInterval(() => {
      for (owed += perTick; owed >= 1; owed -= 1) {
        this.partition.append(this.load.next());
      }
      this.#highestBytes = Math.max(this.#highestBytes, this.#rig.detail().queuedBytes);
    }, PUMP_EVERY_MS);
  }

  stopLoad(): void {
    clearInterval(this.#pump);
  }

  async until(what: string, isTrue: () => boolean | Promise<boolean>, withinMs = WITHIN_MS): Promise<void> {
    const startMs = performance.now();
    while (!(await isTrue())) {
      if (performance.now() - startMs > withinMs) {
        throw new Error(
          `${this.#options.name}, seed ${this.seed}: waited ${withinMs} ms in vain: ${what}\n${this.tell()}`,
        );
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** A change made now arrives at the shard. @returns how long it took, ms */
  async untilReached(shard: typeof VICTIM | typeof STEADY, withinMs = WITHIN_MS): Promise<number> {
    const startMs = performance.now();
    const { key, ver, record } = this.load.beacon(shard);
    this.partition.append(record);
    const session = shard === VICTIM ? this.victim : this.steady;
    const sql = `SELECT ver FROM ${this.schemas[shard]}.${FAULT_TABLE} WHERE product_order_no = ${key}`;
    const isThere = async () => {
      const [rows] = await session.query(sql).catch(() => [[]]);
      return Number((rows as { ver: string }[])[0]?.ver ?? 0) >= ver;
    };
    await this.until(`a change reaches shard ${shard}`, isThere, withinMs);
    return performance.now() - startMs;
  }

  /** All that was appended so far is at the targets, or was stored as a finding. */
  untilSettled(withinMs = WITHIN_MS): Promise<void> {
    const { end } = this.partition;
    return this.until(`offset ${end} is covered`, () => BigInt(this.covered) >= end, withinMs);
  }

  /** The sink has told of the code: the fault was felt. */
  untilFelt(...codes: readonly string[]): Promise<void> {
    return this.until(`${codes.join(' or ')} is told`, () => codes.some((code) => this.told().includes(code)));
  }

  /** Codes in the events since the start, in their order. */
  told(): readonly string[] {
    return this.logger.events.flatMap(({ fields }) => /ERG_\d{4}/.exec(String(fields?.['reason'] ?? ''))?.[0] ?? []);
  }

  /** For a failed test: what the sink says, and its last events. */
  tell(): string {
    const { state, reason, detail } = this.#rig.actor.status();
    const events = this.logger.events.slice(-15).map(({ name, fields }) => `${name} ${JSON.stringify(fields)}`);
    const lanes = detail.kind === 'sink' ? JSON.stringify(detail.lanes) : '';
    return [`${state} ${reason}, covered ${this.covered} of ${this.partition.end}`, lanes, ...events].join('\n');
  }

  /** A session in the schema of the victim for a rival of the sink; ended with the run. */
  async openRival(user = 'root'): Promise<mysql.Connection> {
    const { host, port } = this.servers.victim;
    const database = this.schemas[VICTIM];
    const { password = '' } = user === 'root' ? {} : this.#options;
    const rival = await mysql.createConnection({ host, port, user, password, database, multipleStatements: true });
    rival.on('error', () => {}); // the next query tells it
    this.#sessions.push(rival);
    return rival;
  }

  /** Runs statements in the schema of the victim. */
  async atVictim(sql: string): Promise<void> {
    const session = await this.openRival();
    await session.query(sql);
    await session.end();
  }

  async stopSink(): Promise<void> {
    await this.#rig.actor.stop();
  }

  /** The sink ends as if it had been killed, and another one takes its place. */
  async replaceSink(): Promise<void> {
    await this.#rig[Symbol.asyncDispose]();
    this.#placeEpoch += 1;
    this.#rig = this.#buildRig();
    await this.#rig.actor.start();
  }

  /** No more load; all that was appended is settled, and the sink ends. */
  async settle(withinMs = WITHIN_MS): Promise<void> {
    this.stopLoad();
    this.partition.append(this.load.beacon(VICTIM).record, this.load.beacon(STEADY).record);
    await this.until('everything is covered', () => BigInt(this.covered) >= this.partition.end, withinMs);
    await this.#rig.actor.stop();
    await this.#endRivals();
  }

  /** More than the settings allow was never held. */
  get heldTooMuch(): boolean {
    return this.#highestBytes > (this.#options.maxQueuedBytes ?? MAX_QUEUED_BYTES) + BYTES_ABOVE;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopLoad();
    this.proxy.heal();
    await this.#rig[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
    await this.#endRivals();
    await Promise.allSettled([this.victim.end(), this.steady.end()]);
  }

  async #endRivals(): Promise<void> {
    await Promise.allSettled(this.#sessions.splice(0).map((session) => session.end()));
  }

  #buildRig(): SinkRig {
    const { servers, settings, tables, user = 'root', password = '' } = this.#options;
    const { batchDeadlineMs = 1_500, openDeadlineMs = 1_000, maxQueuedBytes = MAX_QUEUED_BYTES } = this.#options;
    return buildSinkRig({
      server: servers.steady,
      schemas: this.schemas,
      stateSchema: this.stateSchema,
      tables: { [FAULT_TABLE]: { shardKey: 'seller_no' }, ...tables },
      shardBy: 'modulo',
      settings: { maxQueuedBytes, maxOffsetGap: MAX_OFFSET_GAP, ...settings },
      partition: this.partition,
      placeEpoch: this.#placeEpoch,
      logger: this.logger,
      openShard: (schema, marker) => {
        const server =
          schema === this.schemas[VICTIM]
            ? { ...serverIn(servers.victim, schema), port: this.proxy.port, user, password: new Secret(password) }
            : serverIn(servers.steady, schema);
        return openMysqlTargetShard({
          name: schema === this.schemas[VICTIM] ? 'seller0' : 'seller1',
          server,
          marker,
          primaryKeys: new Map(),
          logger: this.logger,
          batchDeadlineMs,
          openDeadlineMs,
        });
      },
    });
  }
}

function openPool({ host, port, user }: RigServer): mysql.Pool {
  return mysql.createPool({ host, port, user, connectionLimit: 2, supportBigNumbers: true, bigNumberStrings: true });
}

async function makeSchema(server: RigServer, schema: string, sql: string): Promise<void> {
  await using session = await openTestSession(server, [schema]);
  await session.query(`USE ${schema}; ${sql}`);
}
