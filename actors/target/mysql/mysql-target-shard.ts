/**
 * One schema of a MySQL-family server as a shard of a target. Tables and the fence are read and set over a few
 * connections of the shard's own; every writer has one for itself.
 */
import { type Clock, systemClock } from '../../../protocol/clock.ts';
import type { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { Logger } from '../../../protocol/log/logger.ts';
import type { TableShape } from '../../catalog/table-shape.ts';
import type { MysqlConnection, MysqlServer } from '../../runtime/mysql-connection.ts';
import { MysqlPool } from '../../runtime/mysql-pool.ts';
import type { MarkerColumns } from '../marker-columns.ts';
import type { FenceOwner, FenceTaken, ShardWriter, TargetShard } from '../target-shard.ts';
import { endSession, findSessions } from './end-sessions.ts';
import { assertOwned, readFence, setPositioned } from './fence-row.ts';
import { findReadRefusal, findRefusal } from './judge-table.ts';
import { codeMysqlError } from './mysql-errors.ts';
import { MysqlShardWriter } from './mysql-shard-writer.ts';
import { MysqlWritePlanner } from './mysql-write-planner.ts';
import { readTables } from './read-tables.ts';
import { takeFence } from './take-fence.ts';
import { writerLabelPrefix } from './writer-label.ts';

export interface MysqlTargetShardOptions {
  readonly name: string;
  readonly server: MysqlServer;
  readonly marker: MarkerColumns;
  /** Configured keys by target table; used for tables that declare none. */
  readonly primaryKeys: ReadonlyMap<string, readonly string[]>;
  /** Who opens it only reads tables: nothing can be written over its own connections. */
  readonly readOnly?: boolean | undefined;
  /** Another tool writes it: a table only has to have a key. */
  readonly isForeign?: boolean | undefined;
  /** For opening a session, until it is asserted. */
  readonly openDeadlineMs?: number;
  readonly batchDeadlineMs?: number;
  readonly clock?: Clock;
  readonly logger: Logger;
}

/** Twice the lock wait of a session: a lock is answered by the server, silence by us. */
const BATCH_DEADLINE_MS = 10_000;
const OPEN_DEADLINE_MS = 5_000;
const MAX_CONNECTIONS = 2;
/** Beyond this a longer statement is not faster per row (reference: bench of the write path). */
const MAX_STATEMENT_ROWS = 1_000;
/** How long an ended session may take to roll back. */
const END_WAIT_SECONDS = 5;

export function openMysqlTargetShard(options: MysqlTargetShardOptions): TargetShard {
  return new MysqlTargetShard(options);
}

class MysqlTargetShard implements TargetShard {
  readonly name: string;
  readonly #options: MysqlTargetShardOptions;
  readonly #logger: Logger;
  readonly #pool: MysqlPool;
  readonly #planner: MysqlWritePlanner;
  readonly #writers = new Set<MysqlShardWriter>();

  constructor(options: MysqlTargetShardOptions) {
    const { name, server, marker, logger, openDeadlineMs = OPEN_DEADLINE_MS, readOnly } = options;
    this.name = name;
    this.#options = options;
    this.#logger = logger.child({ shard: name });
    this.#pool = new MysqlPool({ server, maxConnections: MAX_CONNECTIONS, openDeadlineMs, readOnly });
    this.#planner = new MysqlWritePlanner(marker, MAX_STATEMENT_ROWS);
  }

  readTables(tables: readonly string[]): Promise<ReadonlyMap<string, TableShape>> {
    const { server, primaryKeys } = this.#options;
    return this.#use('read tables', (connection) =>
      readTables(connection, { database: server.database, tables, primaryKeys }),
    );
  }

  findRefusal(table: TableShape): ReplicationError | undefined {
    const { marker, isForeign } = this.#options;
    return isForeign === true ? findReadRefusal(table) : findRefusal(table, marker);
  }

  takeFence(owner: FenceOwner): Promise<FenceTaken> {
    return this.#use('take the fence', async (connection) => {
      const taken = await takeFence(connection, owner, () => this.#endOldSessions(connection, owner));
      this.#logger.event('target.fence.taken', {
        pipeline: owner.pipeline,
        partition: owner.partition,
        epoch: owner.epoch,
      });
      return taken;
    });
  }

  markPositioned(owner: FenceOwner): Promise<void> {
    return this.#use('mark the position', async (connection) => {
      const before = await readFence(connection, owner);
      assertOwned(before, owner);
      if (before?.positioned !== true) {
        await setPositioned(connection, owner);
        assertOwned(await readFence(connection, owner), owner);
      }
    });
  }

  openWriter(owner: FenceOwner, lane: number): ShardWriter {
    const { server, clock = systemClock } = this.#options;
    const { openDeadlineMs = OPEN_DEADLINE_MS, batchDeadlineMs = BATCH_DEADLINE_MS } = this.#options;
    const writer = new MysqlShardWriter({
      shard: this.name,
      server,
      owner,
      labelPrefix: this.#labelPrefixOf(owner),
      planner: this.#planner,
      openDeadlineMs,
      batchDeadlineMs,
      clock,
      logger: this.#logger.child({ lane }),
      onClosed: () => this.#writers.delete(writer),
    });
    this.#writers.add(writer);
    return writer;
  }

  async close(): Promise<void> {
    this.#pool.close();
    await Promise.all([...this.#writers].map((writer) => writer.close()));
  }

  #labelPrefixOf({ pipeline, partition }: FenceOwner): string {
    return writerLabelPrefix({ database: this.#options.server.database, pipeline, partition });
  }

  async #endOldSessions(connection: MysqlConnection, owner: FenceOwner): Promise<void> {
    const prefix = this.#labelPrefixOf(owner);
    const own = new Set([...this.#writers].filter((w) => w.owner.epoch === owner.epoch).map((w) => w.sessionId));
    for (const session of await findSessions(connection, prefix)) {
      if (!own.has(session)) {
        await endSession(connection, prefix, session, END_WAIT_SECONDS);
        this.#logger.event('target.session.ended', { session });
      }
    }
  }

  async #use<Value>(doing: string, work: (connection: MysqlConnection) => Promise<Value>): Promise<Value> {
    try {
      return await this.#pool.use(work);
    } catch (error) {
      throw codeMysqlError(error, { doing, sent: false, shard: this.name });
    }
  }
}
