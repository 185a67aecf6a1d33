/**
 * Whether what was committed at the source has reached the target. A row that differs is not wrong while its change may still
 * be on the way, however long that takes: only what has passed both the capture and the sink of its partition is judged.
 */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';

/** A moment: behind all that had been committed at the source when it was taken. Opaque to all but who made it. */
export interface ProgressMark {
  readonly id: number;
}

export interface ReplicationProgress {
  /** @throws ReplicationError transient */
  mark(): Promise<ProgressMark>;
  /**
   * How far the sinks have come: never more than was true at the call.
   * @throws ReplicationError transient when nothing can be said now
   */
  read(mark: ProgressMark): Promise<PassedPartitions>;
  /** The mark is not asked for again. */
  forget(mark: ProgressMark): void;
}

export interface PassedPartitions {
  /**
   * Of partitions whose sink has applied on the shard all that was committed before the mark: the offset that it has committed.
   * @param table at the source
   */
  find(partition: number, place: { readonly shard: string; readonly table: string }): bigint | undefined;
  /** Why some have not passed, or cannot be told of; undefined when all have. */
  readonly lacking: ReplicationError | undefined;
}
