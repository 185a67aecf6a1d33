import type { SourcePosition } from '../../protocol/change/source-position.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import type { FenceOwner } from '../target/target-shard.ts';
import type { LeftOut } from './plan-start.ts';
import type { SinkDeps } from './sink-deps.ts';
import type { SinkProgress } from './sink-progress.ts';

export interface SinkSessionOptions {
  readonly deps: SinkDeps;
  readonly owner: FenceOwner;
  readonly catalogs: readonly ShardCatalog[];
  readonly progress: SinkProgress;
  readonly stream: {
    pause(): void;
    resume(): void;
    commit(offset: bigint, metadata: string): Promise<void>;
  };
  readonly start: bigint;
  readonly committed: boolean;
  /** What was noted beside the committed offset. */
  readonly note: string;
  readonly position: SourcePosition | undefined;
  /** Left out from the start. */
  readonly parked: readonly LeftOut[];
  /** Of the partition, as far as it is known. */
  readonly readEndOffset: () => bigint;
  /** The sink must end. */
  readonly onFailed: (error: unknown) => void;
}
