import type { ReplicationError } from '../../protocol/errors/replication-error.ts';

/** Whether a shard of a target may be sent anything now, as this process sees it. */
export interface ShardGate {
  /** ERG_3011 or ERG_3012 while nothing may be sent. */
  readonly refusal: ReplicationError | undefined;
  /** Resolves when it is known what people ordered, or after a moment when nobody can tell. */
  readonly known: Promise<void>;
  /** A write was answered; called for every batch. Not for a reading: a server that cannot be written answers those too. */
  sawSuccess(): void;
  /** A write or a reading has not been answered for a second. */
  sawSilence(): void;
  /** A write or a reading failed. */
  sawFailure(error: ReplicationError): void;
  /** Called when the shard may be sent something again. */
  onOpen(react: () => void): Disposable;
}
