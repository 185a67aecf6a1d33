/** An application that writes rows to a table that others change: small statements, one after the other, without an end. */
import type mysql from 'mysql2/promise';
import { propertySeed } from './property-seed.ts';

/** A value of a column from a number below 2^28, as SQL. */
export type SqlValue = (draw: number) => string;

/** A multiple of the regions. */
const KEYS = 80;
/** Rows keep theirs, and exchange values within it alone. */
const REGIONS = 4;
/** Above all keys, so that a mark is the last row. */
const FIRST_MARK = 18_000_000_000_000_000_000n;
/** The column is not there (yet, or any more), the table is being exchanged, or another statement was in the way. */
const PASSES_ERRORS: ReadonlySet<unknown> = new Set([1054, 1146, 1205, 1213]);

export class SqlLoad implements AsyncDisposable {
  readonly seed = propertySeed().seed ?? Date.now() >>> 0;
  readonly columns = new Map<string, SqlValue>([
    ['name', (draw) => `'n${draw % 100_000}'`],
    ['amount', (draw) => `${draw % 10_000}.${draw % 100}`],
    ['qty', (draw) => `${draw % 1_000_000}`],
  ]);
  readonly #session: mysql.Connection;
  #state = this.seed;
  #marks = 0n;
  #uniques = 0;
  #written = 0;
  #isPaused = true;
  #running: Promise<void> = Promise.resolve();

  constructor(session: mysql.Connection) {
    this.#session = session;
  }

  /** Statements that changed something. */
  get written(): number {
    return this.#written;
  }

  start(): void {
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#running = this.#run();
      this.#running.catch(() => {}); // pause() tells it
    }
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#running;
  }

  /** Changes every row, as who fills in what was not written. */
  async touchAll(): Promise<void> {
    await this.#session.query('UPDATE orders SET ver = ver + 1');
  }

  /** @returns key of a row behind all that was written before */
  async writeMark(): Promise<string> {
    this.#marks += 1n;
    const mark = String(FIRST_MARK + this.#marks);
    await this.#session.query(`INSERT INTO orders (id, region, ver) VALUES (${mark}, 0, 0)`);
    return mark;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isPaused = true;
    await this.#running.catch(() => {});
  }

  async #run(): Promise<void> {
    while (!this.#isPaused) {
      try {
        for (const statement of this.#next()) {
          await this.#session.query(statement);
        }
        this.#written += 1;
      } catch (error) {
        await this.#session.query('ROLLBACK');
        if (!PASSES_ERRORS.has((error as { errno?: unknown }).errno)) {
          throw error;
        }
      }
    }
  }

  #next(): readonly string[] {
    const id = 1 + (this.#draw() % KEYS);
    const other = 1 + ((id - 1 + REGIONS * (this.#draw() % 8)) % KEYS);
    switch (this.#draw() % 12) {
      case 0:
        return [`DELETE FROM orders WHERE id = ${id}`];
      case 1:
        return [`UPDATE IGNORE orders SET id = ${id + KEYS}, ver = ver + 1 WHERE id = ${id}`];
      case 2:
        return [`DELETE FROM orders WHERE id = ${id + KEYS}`];
      case 3:
        return exchange(id, other);
      default:
        return [
          `INSERT INTO orders (id, region, ver, u) VALUES (${id}, ${id % REGIONS}, 0, ${this.#nextUnique()})
            ON DUPLICATE KEY UPDATE ver = ver + 1, ${this.#assignments()}`,
        ];
    }
  }

  #assignments(): string {
    return [...this.columns].map(([name, valueFrom]) => `${name} = ${valueFrom(this.#draw())}`).join(', ');
  }

  #nextUnique(): number {
    this.#uniques += 1;
    return this.#uniques;
  }

  #draw(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state >>> 4;
  }
}

/** Two rows exchange their unique values. */
function exchange(one: number, other: number): readonly string[] {
  return [
    'BEGIN',
    `SELECT MAX(IF(id = ${one}, u, NULL)), MAX(IF(id = ${other}, u, NULL)) INTO @one, @other
      FROM orders WHERE id IN (${one}, ${other}) FOR UPDATE`,
    `UPDATE orders SET u = NULL WHERE id = ${one}`,
    `UPDATE orders SET u = @one WHERE id = ${other}`,
    `UPDATE orders SET u = @other WHERE id = ${one}`,
    'COMMIT',
  ];
}
