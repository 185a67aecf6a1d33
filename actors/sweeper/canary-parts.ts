import type {
  CanaryAnswer,
  CanaryRequest,
  CanaryReturn,
  RereadAnswer,
  RereadRequest,
} from '../../protocol/message/canary-message.ts';
import type { RepairAnswer } from '../../protocol/message/recovery-message.ts';
import type { CanarySettings } from '../../protocol/verify/reserved-row.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { ShardGate } from '../breaker/shard-gate.ts';
import type { CanaryStore } from '../state/canary-store.ts';
import type { CaseStore } from '../state/case-store.ts';

/** What a sweeper needs beside its own means to keep canaries. */
export interface CanaryParts {
  readonly settings: CanarySettings;
  /** From the damage to the report. */
  readonly withinMs: number;
  readonly store: CanaryStore;
  readonly cases: Pick<CaseStore, 'findNewest'>;
  readonly desk: CanaryDesk;
  /** By the name of the shard; undefined: nobody knows of breakers. */
  readonly gateOf?: ((shard: string) => Pick<ShardGate, 'refusal'>) | undefined;
}

/**
 * Those who are asked: the sink that owns a row, and the verifier and the recovery actor of its partition.
 * All reject as MessageBus.request, and with ERG_6102 when the answer is another than OK.
 */
export interface CanaryDesk {
  damage(partition: number, request: CanaryRequest): Promise<CanaryAnswer>;
  /** Of a version, after the repair. */
  giveBack(partition: number, request: CanaryReturn): Promise<CanaryAnswer>;
  /** Of the verifier: how far it is with a row that is damaged. */
  reread(partition: number, request: RereadRequest): Promise<RereadAnswer>;
  repair(partition: number, row: RowName): Promise<RepairAnswer>;
  /** The row was seen to be right. @param offset decimal text */
  clear(partition: number, row: RowName, offset: string): Promise<void>;
}
