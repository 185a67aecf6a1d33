import { ReplicationError } from '../../protocol/errors/replication-error.ts';

export function missingTable(shard: string, table: string): ReplicationError {
  return new ReplicationError('ERG_3402', `table ${table} does not exist at ${shard}`);
}
