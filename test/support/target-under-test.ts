import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { FenceOwner, ShardWriter, TargetShard } from '../../actors/target/target-shard.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';

/**
 * plain     id (key, integer), value (text or NULL, up to 10 characters), note (text, default 'none'), needed (integer,
 *           NOT NULL without default)
 * unique    the same, and a unique index over value
 */
export type ContractTable = 'plain' | 'unique';

export interface TargetUnderTest extends AsyncDisposable {
  readonly shard: TargetShard;
  /** The same shard as another process sees it. */
  openShard(): TargetShard;
  createContractTable(kind: ContractTable): Promise<TableShape>;
  /** All columns of all rows as text, by id; read without the code under test. */
  readRows(table: TableShape): Promise<readonly Readonly<Record<string, string | null>>[]>;
  /** A row as another tool would write it, without markers. */
  insertForeign(table: TableShape, id: string): Promise<void>;
  /** Locks a row from a session of its own until the returned function is called. */
  holdRow(table: TableShape, id: string): Promise<() => Promise<void>>;
  /** Resolves when so many sessions wait for a lock. */
  untilWaiting(sessions: number): Promise<void>;
}

export const OWNER: FenceOwner = { pipeline: 'order-to-seller', partition: 0, epoch: 1, owner: 'node-1/boot' };

export async function openOwned(target: TargetUnderTest): Promise<ShardWriter> {
  await target.shard.takeFence(OWNER);
  return target.shard.openWriter(OWNER, 0);
}

export async function errorOf(work: Promise<unknown>): Promise<ReplicationError> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason) => reason,
  );
  if (error instanceof ReplicationError) {
    return error;
  }
  throw error;
}
