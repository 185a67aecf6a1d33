/**
 * Another replication tool, as plain as one can be: applies whole rows by their key, in the order of the source and some time
 * late, to the shard of their seller. It knows nothing of ergate, of its columns, or of what it finds in a row.
 */
import mysql from 'mysql2/promise';

export interface OtherRow {
  readonly order_no: number;
  readonly seller_no: number;
  /** "v<number>", higher with each change of the row. */
  readonly memo: string;
}

/** The row as it is from now on; with `gone` it is not there any more. */
export interface OtherChange {
  readonly row: OtherRow;
  readonly gone?: boolean;
}

export interface OtherToolOptions {
  readonly server: { readonly host: string; readonly port: number; readonly user: string };
  readonly shards: readonly string[];
  readonly lateMs: number;
}

const DEADLOCK = 1213;

export class OtherTool implements AsyncDisposable {
  /** Rows that were newer before it wrote them. */
  stepsBack = 0;
  readonly #options: OtherToolOptions;
  readonly #session: mysql.Connection;
  readonly #queue: { readonly change: OtherChange; readonly dueMs: number }[] = [];
  #working: Promise<void> | undefined;

  private constructor(options: OtherToolOptions, session: mysql.Connection) {
    this.#options = options;
    this.#session = session;
  }

  static async open(options: OtherToolOptions): Promise<OtherTool> {
    const { host, port, user } = options.server;
    return new OtherTool(options, await mysql.createConnection({ host, port, user }));
  }

  /** Committed at the source just now. */
  take(change: OtherChange): void {
    this.#queue.push({ change, dueMs: performance.now() + this.#options.lateMs });
    this.#working ??= this.#work();
  }

  /** Resolves when all that it has taken is applied; rejects when that cannot be done. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.end();
  }

  async #work(): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, waitMs)); // so late is it
      }
      await this.#apply(next.change);
      this.#queue.shift();
    }
    this.#working = undefined;
  }

  async #apply({ row: { order_no, seller_no, memo }, gone = false }: OtherChange): Promise<void> {
    const table = `${this.#options.shards[seller_no % this.#options.shards.length]}.orders`;
    const [[present]] = await this.#session.query<mysql.RowDataPacket[]>(
      `SELECT memo FROM ${table} WHERE order_no = ${order_no}`,
    );
    const write = gone
      ? `DELETE FROM ${table} WHERE order_no = ${order_no}`
      : `INSERT INTO ${table} (order_no, seller_no, memo) VALUES (${order_no}, ${seller_no}, '${memo}')
         ON DUPLICATE KEY UPDATE seller_no = VALUES(seller_no), memo = VALUES(memo)`;
    this.stepsBack += numberOf(String(present?.['memo'] ?? '')) > numberOf(memo) ? 1 : 0;
    for (let isDone = false; !isDone; ) {
      isDone = await this.#session.query(write).then(
        () => true,
        (error: mysql.QueryError) => {
          if (error.errno !== DEADLOCK) {
            throw error;
          }
          return false;
        },
      );
    }
  }
}

function numberOf(memo: string): number {
  return Number(/^v(\d+)$/.exec(memo)?.[1] ?? 0);
}
