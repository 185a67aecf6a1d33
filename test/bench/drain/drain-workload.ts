/**
 * The changes of the drain benchmark: half inserts, four tenths updates of rows that are mostly young (Zipf over recency),
 * one tenth deletes; rows of about 250 bytes in 14 columns, one change per record, in the `ergate` format with both images.
 * Equal seeds give equal records. The table that must come out is known beforehand, as a row count and a checksum.
 */
import { hash } from 'node:crypto';
import { buildZipf, SeededRandom } from '../../../deploy/banana/seeded-random.ts';

export interface DrainRecord {
  /** Equal for all changes of a row. */
  readonly key: string;
  readonly partition: number;
  readonly value: string;
}

export interface ExpectedTable {
  readonly rows: number;
  /** Sum over all rows of the first 48 bits of the MD5 of the row's text; decimal. */
  readonly checksum: string;
}

interface Row {
  readonly id: number;
  readonly buyer: number;
  readonly json: string;
  readonly checkBits: bigint;
}

export const DRAIN_TABLE = 'bench_row';

/** Column, its type, and the expression that makes its text for the checksum. */
const COLUMNS = [
  ['id', 'BIGINT UNSIGNED NOT NULL PRIMARY KEY'],
  ['buyer_no', 'BIGINT UNSIGNED NOT NULL'],
  ['seller_no', 'BIGINT UNSIGNED NOT NULL'],
  ['name', 'VARCHAR(64) NOT NULL'],
  ['title', 'VARCHAR(64) NOT NULL'],
  ['memo', 'VARCHAR(64) NULL'],
  ['price', 'DECIMAL(18,4) NOT NULL'],
  ['total', 'DECIMAL(18,4) NOT NULL'],
  ['quantity', 'INT NOT NULL'],
  ['state', 'INT NOT NULL'],
  ['created_at', 'DATETIME(3) NOT NULL'],
  ['updated_at', 'DATETIME(6) NOT NULL'],
  ['options', 'TEXT NOT NULL'],
  ['flag', 'TINYINT NOT NULL'],
] as const;

export const DRAIN_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name);

export const CREATE_DRAIN_TABLE = `CREATE TABLE ${DRAIN_TABLE} (
  ${COLUMNS.map(([name, type]) => `${name} ${type}`).join(',\n  ')},
  ergate_yn TINYINT NULL, rpc_time DATETIME(3) NULL, ergate_seq BIGINT UNSIGNED NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`;

const CHECK_TEXT = DRAIN_COLUMNS.map((name) => `IFNULL(${name}, 'NULL!')`).join(", '|', ");

/** Answers one row: count and checksum of the table as it is. */
export const READ_DRAIN_TABLE = `SELECT COUNT(*), CAST(COALESCE(SUM(CAST(CONV(LEFT(MD5(CONCAT(${CHECK_TEXT})), 12), 16, 10) AS UNSIGNED)), 0) AS CHAR) FROM ${DRAIN_TABLE}`;

const INSERT_SHARE = 0.5;
const UPDATE_SHARE = 0.4;
const RECENCY_EXPONENT = 1.1;
const RECENCY_RANKS = 100_000;
const BUYERS = 5_000;
const FIRST_COMMIT_MS = Date.UTC(2026, 0, 1);

export class DrainWorkload {
  readonly #random: SeededRandom;
  readonly #partitions: number;
  readonly #recency = buildZipf(RECENCY_RANKS, RECENCY_EXPONENT);
  readonly #live: Row[] = [];
  #made = 0;
  #lastId = 0;
  #checksum = 0n;

  constructor(seed: number, partitions: number) {
    this.#random = new SeededRandom(seed);
    this.#partitions = partitions;
  }

  next(): DrainRecord {
    const draw = this.#random.next();
    this.#made++;
    if (draw < INSERT_SHARE || this.#live.length < 10) {
      return this.#insert();
    }
    return draw < INSERT_SHARE + UPDATE_SHARE ? this.#update() : this.#delete();
  }

  /** The table after all records made so far. */
  expected(): ExpectedTable {
    return { rows: this.#live.length, checksum: this.#checksum.toString() };
  }

  #insert(): DrainRecord {
    this.#lastId++;
    const row = this.#makeRow(this.#lastId, 1 + this.#random.below(BUYERS));
    this.#live.push(row);
    this.#checksum += row.checkBits;
    return this.#record('insert', row.buyer, `"old":null,"new":${row.json}`);
  }

  #update(): DrainRecord {
    const rank = this.#recency(this.#random.next()) % this.#live.length;
    const place = this.#live.length - 1 - rank;
    const old = this.#live[place] as Row; // rank is below the length
    const row = this.#makeRow(old.id, old.buyer);
    this.#live[place] = row;
    this.#checksum += row.checkBits - old.checkBits;
    return this.#record('update', row.buyer, `"old":${old.json},"new":${row.json}`);
  }

  #delete(): DrainRecord {
    const place = this.#random.below(this.#live.length);
    const old = this.#live[place] as Row; // below the length
    this.#live.splice(place, 1);
    this.#checksum -= old.checkBits;
    return this.#record('delete', old.buyer, `"old":${old.json},"new":null`);
  }

  #record(op: string, buyer: number, images: string): DrainRecord {
    const commitTime = FIRST_COMMIT_MS + this.#made;
    const source = `"source":{"epoch":0,"file":1,"position":${this.#made},"ordinal":0}`;
    const value = `{"commitTime":${commitTime},${source},"payloads":[{"op":"${op}","table":"${DRAIN_TABLE}",${images}}]}`;
    return { key: String(buyer), partition: buyer % this.#partitions, value };
  }

  #makeRow(id: number, buyer: number): Row {
    const random = this.#random;
    const cents = String(random.below(10_000)).padStart(4, '0');
    const price = `${random.below(1_000_000)}.${cents}`;
    const at = new Date(FIRST_COMMIT_MS + this.#made).toISOString();
    const time = `${at.slice(0, 10)} ${at.slice(11, 23)}`;
    const quote = random.chance(0.01) ? '\'"\\' : '';
    const memo = random.chance(0.2) ? null : `memo of row ${id} 메모 ${random.below(1_000)}`;
    const options = `{"size": ${random.below(300)}, "color": "blue", "tags": ["gift", "fast"]}`;
    const values = [
      id,
      buyer,
      500_000_000 + random.below(1_000),
      `product ${random.below(100_000)} of the shop${quote}`,
      `title ${random.below(1_000_000)} with a few more words`,
      memo,
      price,
      `${1 + random.below(9)}${price}`,
      1 + random.below(9),
      random.below(7),
      time,
      `${time}${String(random.below(1_000)).padStart(3, '0')}`,
      options,
      random.below(2),
    ];
    const json = `{${values.map((value, column) => `"${DRAIN_COLUMNS[column]}":${JSON.stringify(value)}`).join(',')}}`;
    const text = values.map((value) => value ?? 'NULL!').join('|');
    return { id, buyer, json, checkBits: BigInt(`0x${hash('md5', text).slice(0, 12)}`) };
  }
}
