import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { MysqlConnection, MysqlFailure } from '../../runtime/mysql-connection.ts';
import { awaitGoneSql, findLabelledSql, releaseLabelSql } from './writer-label.ts';

/** The server has no session with this id; it ended by itself. */
const NO_SUCH_THREAD = 1094;
const QUERY_DEADLINE_MS = 5_000;

/** @returns connection ids of sessions with the label, without the asking one */
export async function findSessions(connection: MysqlConnection, labelPrefix: string): Promise<readonly number[]> {
  const rows = await connection.query(findLabelledSql(labelPrefix), QUERY_DEADLINE_MS);
  return rows.map((row) => Number(row['id'])).filter((id) => id !== connection.id);
}

/**
 * Ends a labelled session and waits until its transaction is over, so that nothing it was told can happen later.
 * @throws ReplicationError ERG_3010 when it is still there after the wait
 */
export async function endSession(
  connection: MysqlConnection,
  labelPrefix: string,
  sessionId: number,
  waitSeconds: number,
): Promise<void> {
  if (!(await isGone(connection, labelPrefix, sessionId, 0))) {
    await kill(connection, sessionId);
    if (!(await isGone(connection, labelPrefix, sessionId, waitSeconds))) {
      throw new ReplicationError('ERG_3010', `session ${sessionId} did not end within ${waitSeconds} s`, {
        context: { connectionId: sessionId },
      });
    }
  }
}

async function isGone(
  connection: MysqlConnection,
  labelPrefix: string,
  sessionId: number,
  waitSeconds: number,
): Promise<boolean> {
  const sql = awaitGoneSql(labelPrefix, sessionId, waitSeconds);
  const [row] = await connection.query(sql, waitSeconds * 1_000 + QUERY_DEADLINE_MS);
  const gone = Number(row?.['gone']) === 1;
  if (gone) {
    await connection.query(releaseLabelSql(labelPrefix, sessionId), QUERY_DEADLINE_MS);
  }
  return gone;
}

async function kill(connection: MysqlConnection, sessionId: number): Promise<void> {
  try {
    await connection.query(`KILL ${sessionId}`, QUERY_DEADLINE_MS);
  } catch (error) {
    if ((error as MysqlFailure).errno !== NO_SUCH_THREAD) {
      throw error;
    }
  }
}
