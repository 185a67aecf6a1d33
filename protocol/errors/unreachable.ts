import { ReplicationError } from './replication-error.ts';

/** Ends every switch over a closed set: a member that was forgotten is a compile error here. */
export function unreachable(member: never): never {
  throw new ReplicationError('ERG_9000', `no case for ${JSON.stringify(member)}`);
}
