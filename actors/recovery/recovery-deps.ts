import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import type { CanarySettings } from '../../protocol/verify/reserved-row.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { ShardGate } from '../breaker/shard-gate.ts';
import type { FindPartitionFunc } from '../row/find-partition.ts';
import type { RowWitness } from '../row/row-witness.ts';
import type { MessageBus } from '../runtime/message-bus.ts';
import type { CaseRow, CaseStore } from '../state/case-store.ts';
import type { Finding } from '../state/finding.ts';

/** What a recovery actor is made of; adapters are built by whoever starts it. */
export interface RecoveryDeps {
  readonly pipeline: string;
  readonly partition: number;
  /** Generation of this place; a higher one keeps all lower ones from writing cases. */
  readonly placeEpoch: number;
  readonly environment: string;
  /** Of the topic of the pipeline. */
  readonly topicEpoch: number;
  /** False: another tool writes the target, and nothing may be ordered that writes. */
  readonly apply: boolean;
  readonly rules: VerificationSettings['recovery'];
  /** Rows that are damaged on purpose; undefined: none. */
  readonly canary?: Pick<CanarySettings, 'table' | 'where' | 'every'> | undefined;
  /** The one that is damaged now, if any. @throws ReplicationError as the cases */
  readonly findCanary?: (() => Promise<CaseRow | undefined>) | undefined;
  readonly bus: MessageBus;
  readonly cases: CaseStore;
  /** Closed by whoever made it, after the actor has ended. */
  readonly witness: RowWitness;
  readonly records: FindingReader;
  /** Undefined: nothing tells, and every row is taken for one of the own partition. */
  readonly findPartition?: FindPartitionFunc | undefined;
  /** By the name of the shard; undefined: a shard is tried at any time. */
  readonly gateOf?: ((shard: string) => ShardGate | undefined) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** For tests: called before and after everything that leaves the process. */
  readonly failpoint?: ((step: string) => Promise<void>) | undefined;
}

/** Reads records that could not be applied once more. */
export interface FindingReader {
  /**
   * The rows that the record, or the payload of it that is meant, names as the write path would place them now.
   *
   * @throws ReplicationError of class row when it cannot be read or placed, of another when it may be asked again
   */
  nameRows(finding: Finding): Promise<readonly RowName[]>;
}
