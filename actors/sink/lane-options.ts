import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { ShardGate } from '../breaker/shard-gate.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { ShardWriter } from '../target/target-shard.ts';
import type { QuotaLimits } from './batch-quota.ts';
import type { FlushRule } from './choose-flush.ts';
import type { RowRenewerOptions } from './row-renewer.ts';

export interface LaneOptions extends RowRenewerOptions {
  readonly shard: string;
  readonly lane: number;
  readonly writer: ShardWriter;
  readonly limits: QuotaLimits & FlushRule & { readonly maxBytes: number };
  /** In the target, all of them; called once per write. */
  readonly onWritten: (entries: readonly RoutedChange[], rows: number) => void;
  /** Cannot be written: the newest entry of a row, and all that it stands for. */
  readonly onRefused: (entry: RoutedChange, all: readonly RoutedChange[], error: ReplicationError) => void;
  /** The newest entry of a row that waits for another one. */
  readonly onWaiting: (entry: RoutedChange) => void;
  /** Many rows of its table fail in the same way: it may have been left out instead. @returns false when it is no fault of the row */
  readonly mayRefuse: (entry: RoutedChange, error: ReplicationError) => boolean;
  /** Their table is left out for now (parking.ts): they are read again later. */
  readonly onDropped: (entries: readonly RoutedChange[]) => void;
  readonly isLeftOut: (table: string) => boolean;
  readonly onRetry: () => void;
  /** The owner must stop: it is not, or not surely, the owner any more. */
  readonly onFenced: (error: ReplicationError) => void;
  /** Undefined: the shard may be sent something at any time. */
  readonly gate?: ShardGate | undefined;
  readonly logger: Logger;
  readonly random: () => number;
}
