import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { ShardGate } from '../breaker/shard-gate.ts';
import type { ShardWriter } from '../target/target-shard.ts';
import type { QuotaLimits } from './batch-quota.ts';
import type { FlushRule } from './choose-flush.ts';
import type { LaneEntry } from './lane-entry.ts';
import type { RowRenewerOptions } from './row-renewer.ts';

export interface LaneOptions extends RowRenewerOptions {
  readonly shard: string;
  readonly lane: number;
  readonly writer: ShardWriter;
  readonly limits: QuotaLimits & FlushRule & { readonly maxBytes: number };
  /** In the target, all of them; called once per write. */
  readonly onWritten: (entries: readonly LaneEntry[], rows: number) => void;
  /** Cannot be written: the newest entry of a row, and all that it stands for. */
  readonly onRefused: (entry: LaneEntry, all: readonly LaneEntry[], error: ReplicationError) => void;
  /** Their table is left out for now (parking.ts): they are read again later. */
  readonly onDropped: (entries: readonly LaneEntry[]) => void;
  readonly isLeftOut: (table: string) => boolean;
  readonly onRetry: () => void;
  /** The owner must stop: it is not, or not surely, the owner any more. */
  readonly onFenced: (error: ReplicationError) => void;
  /** Undefined: the shard may be sent something at any time. */
  readonly gate?: ShardGate | undefined;
  readonly logger: Logger;
  readonly random: () => number;
}
