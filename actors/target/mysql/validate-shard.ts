import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import { type MysqlServer, openMysql } from '../../runtime/mysql-connection.ts';
import { codeMysqlError } from './mysql-errors.ts';

/** Four round trips. A server that takes longer for nothing is not one to write to. Guess. */
const VALIDATE_MS = 800;

/**
 * The validation query of a shard, over a connection of its own: what a pool hands out may be a connection that is fine
 * beside a server that takes no new one.
 *
 * @param isWritten false: another tool writes it, and it may be a server that nobody can write to
 * @throws ReplicationError within the deadline; ERG_3007 when it cannot be written
 */
export async function validateShard(name: string, server: MysqlServer, isWritten = true): Promise<void> {
  let connection: Awaited<ReturnType<typeof openMysql>> | undefined;
  try {
    connection = await openMysql(server, { deadlineMs: VALIDATE_MS, bare: true });
    const [row] = await connection.query('SELECT @@global.read_only AS is_read_only', VALIDATE_MS);
    if (isWritten && Number(row?.['is_read_only']) !== 0) {
      throw new ReplicationError('ERG_3007', `${name} is read-only`);
    }
  } catch (error) {
    throw error instanceof ReplicationError
      ? error
      : codeMysqlError(error, { doing: 'validate', sent: false, shard: name });
  } finally {
    connection?.destroy();
  }
}
