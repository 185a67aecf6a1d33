/** Damages rows at targets, one after the other, and remembers what it did. Equal seeds and equal rows give equal damage. */
import mysql, { type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import type { SeededRandom } from '../../../deploy/banana/seeded-random.ts';
import type { Endpoint } from '../../compare/endpoints.ts';
import { DAMAGE_KINDS, type Damage, type DamagedTable, type DamageKind, damageRow, type TargetRow } from './damage.ts';
import type { TargetTables } from './order-tables.ts';

export interface DoneDamage extends Damage {
  readonly pipeline: string;
  readonly table: string;
  /** Where the row is that is wrong now. */
  readonly shard: string;
  /** Wall ms, when it was committed. */
  readonly atMs: number;
  /** Of the row that was there: `ver`, and how old its newest change was, ms. */
  readonly ver: string;
  readonly ageMs: number;
}

export interface SaboteurOptions {
  readonly random: SeededRandom;
  /** By name of the shard. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly targets: readonly TargetTables[];
  /**
   * Rows whose newest change lies below this offset are damaged, no others: a sink that is killed writes again what it had not
   * committed, and would mend them by that. Undefined: any.
   */
  readonly settledBelow?: (pipeline: string) => Promise<number>;
  /** A statement for the transaction of each damage, by which the log of the target tells it from others. */
  readonly note?: string;
}

export interface RowChoice {
  /** Since the newest change of the row, ms. */
  readonly fromMs: number;
  readonly toMs?: number;
  /** One that is hardly changed again. */
  readonly isResting?: boolean;
}

/** Of the rows that are damaged, those that were changed a moment ago. */
const NEW_SHARE = 0.6;
const NEWEST = 20;
/** A row may be changed while it is looked at, and not every damage can be done to every row. */
const MAX_TRIES = 200;

export class Saboteur implements AsyncDisposable {
  readonly #options: SaboteurOptions;
  readonly #connections = new Map<string, mysql.Connection>();
  readonly #damaged = new Set<string>();

  constructor(options: SaboteurOptions) {
    this.#options = options;
  }

  /**
   * @param kind any that can be done, when left out
   * @param away a shard that does not answer
   * @param choice rows; any, when left out
   */
  async damageOne(kind?: DamageKind, away?: string, choice?: RowChoice): Promise<DoneDamage> {
    const done = await this.damageIfAny(kind, away, choice);
    if (done === undefined) {
      throw new Error(`found no row to damage (${kind ?? 'any kind'}) in ${MAX_TRIES} tries`);
    }
    return done;
  }

  /** As damageOne. @returns undefined when there is no such row now */
  async damageIfAny(kind?: DamageKind, away?: string, choice?: RowChoice): Promise<DoneDamage | undefined> {
    const { random } = this.#options;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const done = await this.tryOne(kind ?? random.pick(DAMAGE_KINDS), away, choice);
      if (done !== undefined) {
        return done;
      }
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => connection.end()));
  }

  /** @returns undefined when the row that chance has picked cannot be damaged so */
  async tryOne(kind: DamageKind, away?: string, choice?: RowChoice): Promise<DoneDamage | undefined> {
    const { random, targets } = this.#options;
    const { pipeline, shards, tables } = random.pick(targets);
    const home = random.pick(shards);
    const table = random.pick(tables);
    const others = shards.filter((shard) => shard !== home && shard !== away);
    if (home === away || (kind === 'wrong-shard' && others.length === 0)) {
      return undefined;
    }
    const bounds = [
      ...(await this.#listBounds(pipeline)),
      ...(choice === undefined ? [] : describeChoice(choice, table)),
    ];
    const row = await this.#pickRow(home, table, bounds);
    const damage = row === undefined ? undefined : damageRow(kind, table, row, random);
    if (row === undefined || damage === undefined) {
      return undefined;
    }
    const shard = damage.on === 'own' ? home : random.pick(others);
    // A row that went astray also says which row it is a copy of.
    const names = [shard, home].map((one) => `${one}.${table.table} ${Object.values(damage.key).join()}`);
    if (names.some((name) => this.#damaged.has(name)) || !(await this.#run(shard, damage.sql))) {
      return undefined;
    }
    for (const name of names) {
      this.#damaged.add(name);
    }
    const atMs = Date.now();
    const ageMs = atMs - Date.parse(`${String(row['updated_at']).replace(' ', 'T')}Z`);
    return { ...damage, pipeline, table: table.table, shard, atMs, ver: String(row['ver']), ageMs };
  }

  /** SQL. A version is an offset: topics of drills are in their first life. */
  async #listBounds(pipeline: string): Promise<readonly string[]> {
    const below = await this.#options.settledBelow?.(pipeline);
    return below === undefined ? [] : [`ergate_seq < ${below}`];
  }

  /** @param bounds SQL, all of which hold for the row */
  async #pickRow(
    shard: string,
    { table, columns }: DamagedTable,
    bounds: readonly string[],
  ): Promise<TargetRow | undefined> {
    const { random } = this.#options;
    const order = random.chance(NEW_SHARE)
      ? `updated_at DESC LIMIT 1 OFFSET ${random.below(NEWEST)}`
      : `RAND(${random.below(1_000_000)}) LIMIT 1`;
    const bytes = new Set(columns.filter(({ form }) => form === 'bytes').map(({ name }) => name));
    const connection = await this.#connect(shard);
    const [rows] = await connection.query<RowDataPacket[]>({
      sql: `SELECT * FROM ${table} WHERE ${['TRUE', ...bounds].join(' AND ')} ORDER BY ${order}`,
      typeCast: (field) => (bytes.has(field.name) ? field.buffer() : field.string('utf8')),
    });
    return rows[0] as TargetRow | undefined; // cells are what the cast above gives
  }

  /** @returns false when the row is not there any more, or has been changed meanwhile */
  async #run(shard: string, sql: string): Promise<boolean> {
    const connection = await this.#connect(shard);
    await connection.beginTransaction();
    const [{ affectedRows, info }] = await connection.query<ResultSetHeader>(sql);
    const isDone = affectedRows === 1 && !info.includes('Changed: 0');
    if (isDone && this.#options.note !== undefined) {
      await connection.query(this.#options.note);
    }
    await (isDone ? connection.commit() : connection.rollback());
    return isDone;
  }

  async #connect(shard: string): Promise<mysql.Connection> {
    let connection = this.#connections.get(shard);
    if (connection === undefined) {
      const endpoint = this.#options.endpoints.get(shard);
      if (endpoint === undefined) {
        throw new Error(`there is no shard ${shard}`);
      }
      const { host, port, user, password, database } = endpoint;
      connection = await mysql.createConnection({ host, port, user, password, database, timezone: 'Z' });
      connection.on('error', () => this.#connections.delete(shard)); // its server was killed
      await connection.query("SET time_zone = '+00:00'");
      this.#connections.set(shard, connection);
    }
    return connection;
  }
}

/** SQL. Tables of the load have the clock of the writer in `updated_at`. */
function describeChoice(
  { fromMs, toMs, isResting }: RowChoice,
  { resting = 'FALSE' }: DamagedTable,
): readonly string[] {
  const before = (ms: number) => `UTC_TIMESTAMP(6) - INTERVAL ${ms * 1_000} MICROSECOND`;
  return [
    `updated_at <= ${before(fromMs)}`,
    ...(toMs === undefined ? [] : [`updated_at >= ${before(toMs)}`]),
    ...(isResting === true ? [resting] : []),
  ];
}
