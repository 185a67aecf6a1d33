/**
 * Writes rows with values at the bounds of every type, and changes, deletes and renumbers them. What it writes depends on
 * the seed alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { SeededRandom } from '../../../../deploy/banana/seeded-random.ts';
import { TABLE_DDL, TYPED_COLUMNS } from '../../../../deploy/fixtures/every-type.ts';
import type { Endpoint } from '../../../compare/endpoints.ts';

export const SOURCE_DDL = [TABLE_DDL[0]];
const WRITTEN = TYPED_COLUMNS.filter(({ name }) => name !== 'c_geometry');
export const TARGET_DDL = [
  `CREATE TABLE every_type (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, ${WRITTEN.map(({ name, type }) => `${name} ${type}`).join(', ')},
    ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL)`,
];

const LONG_TIMES: Readonly<Record<string, readonly string[]>> = {
  c_time: ["'-838:59:59'", "'838:59:59'"],
  c_time6: ["'-00:00:00.000001'", "'26:01:02.5'"],
};
const MORE_VALUES: Readonly<Record<string, readonly string[]>> = {
  c_json: [`'{"n":12345678901234567890.10}'`, `'"__debezium"'`],
};
/** Apart from the numbers that the load and the drill draw. */
const STREAM = 98;
const PAUSE_MS = 25;
const HIGHEST_ID = 18_446_744_073_709_551_615n;

export class TypeWriter {
  readonly #endpoint: Endpoint;
  readonly #random: SeededRandom;
  readonly #moreValues: Readonly<Record<string, readonly string[]>>;
  readonly #ids: bigint[] = [];
  readonly #deleted: bigint[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #lastId = 0n;
  #changes = 0;

  /** @param hasLongTimes whether the capture can take a TIME below zero or of more than a day */
  constructor(endpoint: Endpoint, seed: number, hasLongTimes: boolean) {
    this.#endpoint = endpoint;
    this.#random = new SeededRandom(seed, STREAM);
    this.#moreValues = hasLongTimes ? { ...MORE_VALUES, ...LONG_TIMES } : MORE_VALUES;
  }

  get changes(): number {
    return this.#changes;
  }

  start(): void {
    this.#running = this.#run();
    this.#running.catch(() => {}); // seen by whoever stops it
  }

  /** @throws Error when a statement failed */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { host, port, user, password, database } = this.#endpoint;
    const connection = await mysql.createConnection({ host, port, user, password, database, charset: 'utf8mb4' });
    try {
      await connection.query("SET time_zone = '+00:00'");
      while (!this.#stopping.signal.aborted) {
        await connection.query('START TRANSACTION');
        for (let left = 1 + this.#random.below(3); left > 0; left--) {
          await connection.query(this.#nextStatement());
          this.#changes += 1;
        }
        await connection.query('COMMIT');
        await sleep(PAUSE_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
      }
    } finally {
      connection.destroy();
    }
  }

  #nextStatement(): string {
    const move = this.#random.next();
    if (this.#ids.length < 10 || move < 0.45) {
      return this.#insert();
    }
    const index = this.#random.below(this.#ids.length);
    const id = this.#ids[index] ?? 0n;
    if (move < 0.75) {
      return `UPDATE every_type SET ${this.#assignments()} WHERE id = ${id}`;
    }
    if (move < 0.9) {
      this.#deleted.push(...this.#ids.splice(index, 1));
      return `DELETE FROM every_type WHERE id = ${id}`;
    }
    const next = this.#nextId();
    this.#ids[index] = next;
    this.#deleted.push(id);
    return `UPDATE every_type SET id = ${next}, ${this.#assignments()} WHERE id = ${id}`;
  }

  #insert(): string {
    const id = this.#nextId();
    this.#ids.push(id);
    const values = WRITTEN.map((column) => this.#valueOf(column));
    return `INSERT INTO every_type (id, ${WRITTEN.map(({ name }) => name).join(', ')}) VALUES (${id}, ${values.join(', ')})`;
  }

  /** At least one column changes its value: a statement that changes nothing is not logged. */
  #assignments(): string {
    const columns = WRITTEN.filter(({ name }) => name !== 'c_varbinary' && this.#random.chance(0.2));
    const bytes = this.#changes.toString(16).padStart(8, '0');
    return [`c_varbinary = x'${bytes}'`, ...columns.map((column) => `${column.name} = ${this.#valueOf(column)}`)].join(
      ', ',
    );
  }

  #valueOf({ name, highest, lowest }: (typeof WRITTEN)[number]): string {
    return this.#random.pick(['NULL', highest, lowest, ...(this.#moreValues[name] ?? [])]);
  }

  /** At both ends of BIGINT UNSIGNED; one that was deleted may come again. */
  #nextId(): bigint {
    const again = this.#random.chance(0.3) ? this.#deleted.shift() : undefined;
    if (again !== undefined) {
      return again;
    }
    this.#lastId += 1n;
    return this.#random.chance(0.5) ? this.#lastId : HIGHEST_ID - this.#lastId;
  }
}
