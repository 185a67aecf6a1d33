import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { MysqlConnection, MysqlFailure } from '../../runtime/mysql-connection.ts';
import type { FenceOwner, FenceTaken } from '../target-shard.ts';
import { assertWritable } from './assert-writable.ts';
import { assertOwned, raiseFence, readFence } from './fence-row.ts';

const LOCK_WAIT_TIMEOUT = 1205;

/**
 * Makes the fence the owner's. A lock that is held for longer than the session's lock wait (5 s) belongs to sessions of
 * the old owner that are stuck or frozen: they are ended, once.
 *
 * With an epoch that stands there already nothing can be refused by it, so the sessions of who had it before are ended
 * at once: a stopped actor may have left a statement behind that the server has not begun yet.
 *
 * @param endOldSessions ends all labelled sessions but those that the owner has opened itself
 * @throws ReplicationError ERG_3007, ERG_3101, ERG_3103, ERG_3010; MysqlFailure
 */
export async function takeFence(
  connection: MysqlConnection,
  owner: FenceOwner,
  endOldSessions: () => Promise<void>,
): Promise<FenceTaken> {
  await assertWritable(connection);
  const before = await readFence(connection, owner);
  if (before?.epoch === owner.epoch) {
    await endOldSessions();
  } else if (before === undefined || before.epoch < owner.epoch) {
    await raiseAgainstLocks(connection, owner, endOldSessions);
  }
  const after = await readFence(connection, owner);
  assertOwned(after, owner);
  return { positioned: after?.positioned === true };
}

async function raiseAgainstLocks(
  connection: MysqlConnection,
  owner: FenceOwner,
  endOldSessions: () => Promise<void>,
): Promise<void> {
  try {
    await raiseFence(connection, owner);
  } catch (error) {
    if (!isLockWait(error)) {
      throw error;
    }
    await endOldSessions();
    await raiseAgain(connection, owner);
  }
}

async function raiseAgain(connection: MysqlConnection, owner: FenceOwner): Promise<void> {
  try {
    await raiseFence(connection, owner);
  } catch (error) {
    throw isLockWait(error) ? stillLocked(owner, error) : error;
  }
}

function stillLocked({ pipeline, partition, epoch }: FenceOwner, cause: unknown): ReplicationError {
  return new ReplicationError('ERG_3103', `fence of ${pipeline}/${partition}: still locked by others`, {
    cause,
    context: { pipeline, partition, epoch },
  });
}

function isLockWait(error: unknown): boolean {
  return (error as MysqlFailure).errno === LOCK_WAIT_TIMEOUT;
}
