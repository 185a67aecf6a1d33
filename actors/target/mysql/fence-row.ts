/**
 * The fence row of a pipeline's partition: which owner may write. Writers lock it shared as the first thing in their
 * transaction, a new owner raises it, which needs it alone: so the raise waits for transactions under way, and later ones
 * of an older owner fail.
 */

import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { MysqlConnection, MysqlFailure } from '../../runtime/mysql-connection.ts';
import type { FenceOwner } from '../target-shard.ts';
import { quoteText } from './literal/text-literal.ts';
import { RAISE_1242 } from './table-plan.ts';

export const FENCE_TABLE = 'ergate_fence';
const UNKNOWN_TABLE = 1146;

/** Longer than the session's lock wait of 5 s, so that the server answers first. */
const FENCE_DEADLINE_MS = 10_000;

export const CREATE_FENCE_TABLE = `CREATE TABLE IF NOT EXISTS ${FENCE_TABLE} (
  pipeline VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  partition_no INT UNSIGNED NOT NULL,
  epoch BIGINT UNSIGNED NOT NULL,
  owner VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  positioned TINYINT UNSIGNED NOT NULL DEFAULT 0,
  taken_at DATETIME(6) NOT NULL,
  PRIMARY KEY (pipeline, partition_no)
) ENGINE=InnoDB`;

export const FENCE_COLUMNS = ['pipeline', 'partition_no', 'epoch', 'owner', 'positioned', 'taken_at'] as const;

const MAX_OWNER_CHARACTERS = 255;

export interface FenceRow {
  readonly epoch: number;
  readonly owner: string;
  readonly positioned: boolean;
}

/** @returns undefined when the table or the row does not exist */
export async function readFence(connection: MysqlConnection, owner: FenceOwner): Promise<FenceRow | undefined> {
  try {
    const sql = `SELECT epoch, owner, positioned FROM ${FENCE_TABLE} WHERE ${isRowOf(owner)}`;
    const [row] = await connection.query(sql, FENCE_DEADLINE_MS);
    return row === undefined
      ? undefined
      : { epoch: Number(row['epoch']), owner: String(row['owner']), positioned: Number(row['positioned']) === 1 };
  } catch (error) {
    if ((error as MysqlFailure).errno === UNKNOWN_TABLE) {
      return undefined;
    }
    throw error;
  }
}

/** Makes the row if need be and lifts its epoch, never lowers it. Waits for the transactions that share it. */
export async function raiseFence(connection: MysqlConnection, owner: FenceOwner): Promise<void> {
  const name = quoteText([...owner.owner].slice(0, MAX_OWNER_CHARACTERS).join(''));
  const values = `${quoteText(owner.pipeline)}, ${owner.partition}, ${epochText(owner)}, ${name}, UTC_TIMESTAMP(6)`;
  const raise = `INSERT INTO ${FENCE_TABLE} (pipeline, partition_no, epoch, owner, taken_at) VALUES (${values})
    ON DUPLICATE KEY UPDATE owner = IF(VALUES(epoch) > epoch, VALUES(owner), owner),
    taken_at = IF(VALUES(epoch) > epoch, VALUES(taken_at), taken_at), epoch = GREATEST(VALUES(epoch), epoch)`;
  try {
    await connection.query(raise, FENCE_DEADLINE_MS);
  } catch (error) {
    if ((error as MysqlFailure).errno !== UNKNOWN_TABLE) {
      throw error;
    }
    // Not before: a user without the right to create tables may find one that somebody else made.
    await connection.query(CREATE_FENCE_TABLE, FENCE_DEADLINE_MS);
    await connection.query(raise, FENCE_DEADLINE_MS);
  }
}

export async function setPositioned(connection: MysqlConnection, owner: FenceOwner): Promise<void> {
  const sql = `UPDATE ${FENCE_TABLE} SET positioned = 1 WHERE ${isRowOf(owner)} AND epoch = ${epochText(owner)}`;
  await connection.query(sql, FENCE_DEADLINE_MS);
}

/** Locks the row shared; fails with errno 1242 when the row is missing or has another epoch. */
export function checkFenceSql(owner: FenceOwner): string {
  const epoch = `(SELECT epoch FROM ${FENCE_TABLE} WHERE ${isRowOf(owner)} LOCK IN SHARE MODE)`;
  return `SET @ergate_fence=IF(${epoch}=${epochText(owner)},1,${RAISE_1242})`;
}

/** @throws ReplicationError ERG_3101, ERG_3102 when the row is not the owner's */
export function assertOwned(row: FenceRow | undefined, owner: FenceOwner): void {
  if (row?.epoch !== owner.epoch) {
    const code = row !== undefined && row.epoch > owner.epoch ? 'ERG_3101' : 'ERG_3102';
    const found = row === undefined ? 'no row' : `epoch ${row.epoch} of ${row.owner}`;
    throw new ReplicationError(
      code,
      `fence of ${owner.pipeline}/${owner.partition}: expected ${owner.epoch}, got ${found}`,
      {
        context: {
          pipeline: owner.pipeline,
          partition: owner.partition,
          epoch: owner.epoch,
          fenceEpoch: row?.epoch ?? 0,
        },
      },
    );
  }
}

function isRowOf({ pipeline, partition }: FenceOwner): string {
  return `pipeline = ${quoteText(pipeline)} AND partition_no = ${partition}`;
}

function epochText({ epoch }: FenceOwner): string {
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new ReplicationError('ERG_9000', `place epoch: expected a whole number, got ${epoch}`);
  }
  return String(epoch);
}
