import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { MysqlConnection } from '../../runtime/mysql-connection.ts';

const QUERY_DEADLINE_MS = 5_000;

/**
 * A privileged account can write where ordinary ones cannot. What it writes there is lost when the server is read-only because
 * a replica has taken its place.
 * @throws ReplicationError ERG_3007; MysqlFailure
 */
export async function assertWritable(connection: MysqlConnection): Promise<void> {
  // Later servers have more words than ON, which compare as they should too.
  const sql = "SELECT @@GLOBAL.read_only IN ('0', 'OFF') AS writable";
  const [row] = await connection.query(sql, QUERY_DEADLINE_MS);
  if (Number(row?.['writable']) !== 1) {
    throw new ReplicationError('ERG_3007', `session ${connection.id}: the server is read-only`);
  }
}
