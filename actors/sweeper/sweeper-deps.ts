import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { PipelineSettings, VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import type { SweepStore } from '../state/sweep-store.ts';
import type { CanaryParts } from './canary-parts.ts';
import type { MismatchReporter } from './mismatch-reporter.ts';
import type { ReplicationProgress } from './replication-progress.ts';
import type { SweepSides } from './sweep-sides.ts';

export interface SweeperDeps {
  readonly pipeline: string;
  readonly settings: PipelineSettings;
  /** Undefined: only what is ordered is swept. */
  readonly everyMs: number | undefined;
  readonly pace: SweepPace;
  /** Generation of this place; a higher one takes the sweeps over. */
  readonly placeEpoch: number;
  readonly store: SweepStore;
  /** Readers of both sides, closed with the actor. */
  readonly sides: SweepSides & { readonly close: () => void };
  /** Of the topic. @throws ReplicationError transient while it does not exist */
  readonly readPartitionCount: () => Promise<number>;
  readonly buildProgress: (partitions: number) => ReplicationProgress;
  readonly reporter: MismatchReporter;
  /** See listRecordKeys. */
  readonly recordKeys: ReadonlyMap<string, readonly string[]>;
  /** Undefined: no rows are reserved for canaries. */
  readonly canary?: CanaryParts | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Within [0, 1). */
  readonly random: () => number;
}

export type SweepPace = Pick<NonNullable<VerificationSettings['sweep']>, 'chunkRows' | 'rowsPerSecond'>;

/** Of ordered sweeps, where the settings name none. */
export const DEFAULT_PACE: SweepPace = { chunkRows: 1_000, rowsPerSecond: 5_000 };
