import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import type { LogPlace } from './stream-progress.ts';

const DEADLINE_MS = 5_000;

/**
 * Where the log of a source ends: behind all that anybody has seen committed there, since a server logs a transaction before
 * it shows it. Asked in the one way that all versions of MySQL and MariaDB understand.
 *
 * @param codeError an error of the driver as one of the side's own codes
 */
export async function readLogEnd(
  pool: MysqlPool,
  codeError: (error: unknown, doing: string) => ReplicationError,
): Promise<LogPlace> {
  try {
    const rows = await pool.use((connection) => connection.query('SHOW BINARY LOGS', DEADLINE_MS));
    const last = rows.at(-1);
    if (last === undefined) {
      throw new ReplicationError('ERG_1503', 'the source has no binary log');
    }
    return { file: String(last['Log_name']), position: Number(last['File_size']) };
  } catch (error) {
    throw error instanceof ReplicationError ? error : codeError(error, 'read the end of its log');
  }
}
