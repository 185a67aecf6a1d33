/**
 * Ten rows that are changed together again and again, each change a transaction of its own: when a change is verified, its row
 * has long been changed again. Beside them, ten times as rarely, rows of a table whose target keeps no `ergate_seq`, so that
 * only commit times order its changes; a log tells those in whole seconds.
 */
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { buildTable, CHANGE_COLUMNS, MARKER_COLUMNS } from '../../../deploy/banana/order-schema.ts';
import { Pace } from '../../../deploy/banana/pace.ts';
import type { Endpoint } from '../../compare/endpoints.ts';
import { runAll } from './drill-stack.ts';

const ROWS = 10;
/** Changes that fell due up to this long ago are still made. */
const CATCH_UP_MS = 1_000;
/** Transactions on the hot rows for one on the others. */
const GAUGE_EVERY = 10;

export const GAUGE_SETTINGS = { capture: 'gauge: { recordKey: [gauge_no] }', pipeline: 'gauge: {}' } as const;

export function buildGaugeTable(side: 'source' | 'target'): string {
  const markers = side === 'target' ? MARKER_COLUMNS.filter((column) => !column.startsWith('ergate_seq')) : [];
  const columns = ['gauge_no BIGINT UNSIGNED NOT NULL', 'reading INT NOT NULL'];
  return buildTable('gauge', [...columns, ...CHANGE_COLUMNS, ...markers, 'PRIMARY KEY (gauge_no)']);
}

/** As texts, to be compared. */
export async function readGauges({
  host,
  port,
  user,
  password,
  database,
}: Endpoint): Promise<readonly RowDataPacket[]> {
  const connection = await mysql.createConnection({ host, port, user, password, database, dateStrings: true });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT gauge_no, reading, ver, updated_at FROM gauge ORDER BY gauge_no',
    );
    return rows;
  } finally {
    await connection.end();
  }
}

/** Of buyers and sellers of their own, in numbers that the load does not use. */
const INSERTS = [
  `INSERT INTO product_order (product_order_no, order_no, buyer_no, seller_no, product_name, quantity, amount, status, ver, updated_at)
   VALUES ${numbers((row) => `(${row}, ${row}, ${row}, ${row}, 'hot', 0, 0, 'HOT', 0, UTC_TIMESTAMP(6))`)}`,
  `INSERT INTO gauge (gauge_no, reading, ver, updated_at) VALUES ${numbers((row) => `(${row}, 0, 0, UTC_TIMESTAMP(6))`)}`,
];
const CHANGE_HOT = `UPDATE product_order SET quantity = quantity + 1, amount = amount + 0.01, ver = ver + 1, updated_at = UTC_TIMESTAMP(6)
  WHERE product_order_no BETWEEN 1 AND ${ROWS}`;
const CHANGE_GAUGES = 'UPDATE gauge SET reading = reading + 1, ver = ver + 1, updated_at = UTC_TIMESTAMP(6)';

export class HotRows {
  readonly #connection: mysql.Connection;
  readonly #pace: Pace;
  readonly #running: Promise<void>;
  #changes = 0;
  #isStopping = false;

  private constructor(connection: mysql.Connection, changesPerSecond: number) {
    this.#connection = connection;
    this.#pace = new Pace(changesPerSecond, CATCH_UP_MS, performance.now());
    this.#running = this.#run();
    this.#running.catch(() => {}); // seen by whoever stops it
  }

  /** @param changesPerSecond of all hot rows together */
  static async start(source: Endpoint, changesPerSecond: number): Promise<HotRows> {
    await runAll(source, INSERTS);
    const { host, port, user, password, database } = source;
    return new HotRows(await mysql.createConnection({ host, port, user, password, database }), changesPerSecond);
  }

  /** Row changes of the hot rows that are committed. */
  get changes(): number {
    return this.#changes;
  }

  /** @throws Error when a change failed */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
    await this.#connection.end();
  }

  async #run(): Promise<void> {
    for (let transactions = 1; !this.#isStopping; transactions += 1) {
      const waitMs = this.#pace.waitMs(performance.now());
      if (waitMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      await this.#connection.query(CHANGE_HOT);
      this.#pace.sent(ROWS);
      this.#changes += ROWS;
      if (transactions % GAUGE_EVERY === 0) {
        await this.#connection.query(CHANGE_GAUGES);
      }
    }
  }
}

function numbers(rowOf: (row: number) => string): string {
  return Array.from({ length: ROWS }, (_, index) => rowOf(index + 1)).join(', ');
}
