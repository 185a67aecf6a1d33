/**
 * Writes the batches of one lane over one session of its own. A batch is one transaction and nearly always one packet:
 * the fence is checked, the statements run and the commit happens in one round trip.
 *
 * After an error that the server answered, the transaction is rolled back and the session goes on. After anything else
 * nobody knows what the server did or will still do: the session is in doubt, and before another one writes, it is ended
 * at the server, so that a statement which it was told long ago cannot take effect after newer ones.
 */
import type { Clock } from '../../../protocol/clock.ts';
import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { Logger } from '../../../protocol/log/logger.ts';
import {
  type MysqlConnection,
  type MysqlFailure,
  type MysqlServer,
  openMysql,
} from '../../runtime/mysql-connection.ts';
import type { FenceOwner, ShardChange, ShardWriter } from '../target-shard.ts';
import { assertWritable } from './assert-writable.ts';
import { endSession } from './end-sessions.ts';
import { assertOwned, checkFenceSql, readFence } from './fence-row.ts';
import { asksForNewSession, codeMysqlError, endsConnection } from './mysql-errors.ts';
import type { MysqlWritePlanner, TransactionFrame } from './mysql-write-planner.ts';
import { holdLabelSql } from './writer-label.ts';

export interface MysqlShardWriterOptions {
  readonly shard: string;
  readonly server: MysqlServer;
  readonly owner: FenceOwner;
  readonly labelPrefix: string;
  readonly planner: MysqlWritePlanner;
  readonly openDeadlineMs: number;
  /** From the first byte of a batch to the answer to its commit. */
  readonly batchDeadlineMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onClosed: () => void;
}

const ROLLBACK_DEADLINE_MS = 5_000;
const CLOSE_DEADLINE_MS = 2_000;
/** How long an ended session may take to roll back. */
const END_WAIT_SECONDS = 5;
/** The server's answer to an expression that must not be evaluated: the fence check, or a row that has to be there. */
const RAISED = 1242;

export class MysqlShardWriter implements ShardWriter {
  readonly #options: MysqlShardWriterOptions;
  readonly #frame: TransactionFrame;
  readonly #closing = new AbortController();
  #connection: MysqlConnection | undefined;
  /** Session whose last statement may still be at work in the server. */
  #doubtfulId: number | undefined;
  #isBusy = false;

  constructor(options: MysqlShardWriterOptions) {
    this.#options = options;
    this.#frame = { head: `START TRANSACTION;${checkFenceSql(options.owner)}`, tail: 'COMMIT' };
  }

  get owner(): FenceOwner {
    return this.#options.owner;
  }

  /** The server's id of the session that it writes with; undefined when there is none. */
  get sessionId(): number | undefined {
    return this.#connection?.isOpen === true ? this.#connection.id : undefined;
  }

  async write(changes: readonly ShardChange[]): Promise<void> {
    this.#isBusy = true;
    try {
      const connection = await this.#getConnection();
      // Half of what the server takes for rows: the other half is for the frame and the other statements of a row.
      const packets = this.#options.planner.plan(changes, this.#frame, connection.maxPacketBytes / 2);
      await this.#send(connection, packets);
    } finally {
      this.#isBusy = false;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#options.onClosed();
    const connection = this.#connection;
    this.#connection = undefined;
    if (this.#isBusy) {
      connection?.destroy();
    } else {
      await connection?.close(CLOSE_DEADLINE_MS).catch(() => {}); // it is destroyed then, and nothing was under way
    }
  }

  async #getConnection(): Promise<MysqlConnection> {
    if (this.#closing.signal.aborted) {
      throw new ReplicationError('ERG_9001', 'the writer was closed');
    }
    return this.#connection?.isOpen === true ? this.#connection : this.#open();
  }

  async #open(): Promise<MysqlConnection> {
    const { server, openDeadlineMs, shard } = this.#options;
    const { signal } = this.#closing;
    let connection: MysqlConnection | undefined;
    try {
      connection = await openMysql(server, { deadlineMs: openDeadlineMs, multipleStatements: true, signal });
      this.#connection = connection;
      await assertWritable(connection);
      await this.#holdLabel(connection);
      await this.#endDoubtfulSession(connection);
      signal.throwIfAborted();
      return connection;
    } catch (error) {
      connection?.destroy();
      throw signal.aborted
        ? new ReplicationError('ERG_9001', 'the writer was closed', { cause: error })
        : codeMysqlError(error, { doing: 'open a session', sent: false, shard });
    }
  }

  async #holdLabel(connection: MysqlConnection): Promise<void> {
    const [row] = await connection.query(holdLabelSql(this.#options.labelPrefix), this.#options.openDeadlineMs);
    if (Number(row?.['held']) !== 1) {
      // Somebody is asking whether an earlier session with the same id is gone.
      throw new ReplicationError('ERG_3010', `the label of session ${connection.id} is taken`);
    }
  }

  async #endDoubtfulSession(connection: MysqlConnection): Promise<void> {
    if (this.#doubtfulId !== undefined) {
      const { labelPrefix, logger, shard } = this.#options;
      await endSession(connection, labelPrefix, this.#doubtfulId, END_WAIT_SECONDS);
      logger.event('target.session.ended', { shard, session: this.#doubtfulId });
      this.#doubtfulId = undefined;
    }
  }

  async #send(connection: MysqlConnection, packets: readonly string[]): Promise<void> {
    const { batchDeadlineMs, clock } = this.#options;
    const deadlineAtMs = clock.monotonicMs() + batchDeadlineMs;
    try {
      for (const packet of packets) {
        await connection.query(packet, Math.max(1, deadlineAtMs - clock.monotonicMs()));
      }
    } catch (error) {
      await this.#endTransaction(connection, error);
      throw await this.#explain(connection, error);
    }
  }

  async #endTransaction(connection: MysqlConnection, error: unknown): Promise<void> {
    const { code } = this.#codeOf(error);
    if (endsConnection(code) || !(await isRolledBack(connection))) {
      this.#doubtfulId = connection.id;
      connection.destroy();
    } else if (asksForNewSession(code)) {
      connection.destroy();
    }
  }

  /** An error of the fence check says no more than that; what stands in the fence tells whether it was one. */
  async #explain(connection: MysqlConnection, error: unknown): Promise<unknown> {
    const { owner } = this.#options;
    if ((error as MysqlFailure).errno === RAISED && connection.isOpen) {
      try {
        assertOwned(await readFence(connection, owner), owner);
      } catch (reason) {
        return this.#codeOf(reason);
      }
    }
    return this.#codeOf(error);
  }

  #codeOf(error: unknown): ReplicationError {
    return codeMysqlError(error, { doing: 'write', sent: true, shard: this.#options.shard });
  }
}

async function isRolledBack(connection: MysqlConnection): Promise<boolean> {
  try {
    await connection.query('ROLLBACK', ROLLBACK_DEADLINE_MS);
    return true;
  } catch {
    return false;
  }
}
