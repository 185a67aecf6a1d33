import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { WaitingChange } from './lookup-queue.ts';

/**
 * The delete of the row that a change of the primary key leaves behind; undefined when the key stays. When no shard is found
 * for the new row, the old one is still gone at the source, and no later change names its key.
 *
 * @throws ReplicationError ERG_3303, ERG_3402
 */
export function findLeftRow({ change, route }: WaitingChange): RowChange | undefined {
  if (change.op !== 'update') {
    return undefined;
  }
  const { table, before, after } = change;
  const isMoved = route.shards.some((target) => target.isKnown && !target.isSameRow(before, after));
  return isMoved ? { op: 'delete', table, before, after: null } : undefined;
}
