/** What can happen to a case, and what has to be known to decide what follows. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RepairAnswer } from '../../protocol/message/recovery-message.ts';
import type { VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import type { Case } from '../state/case.ts';
import type { CaseOrder } from '../state/case-store.ts';

/** What of a row was seen to be wrong. */
export type Difference = Pick<Mismatch, 'kind' | 'columns' | 'sourceDigest' | 'targetDigest'>;

/** A report of a row; that of a sink has the reason why a change of it could not be applied. */
export interface Detection extends Mismatch {
  /** A new case of it is looked at now, not after checkAfter. */
  readonly isDue?: boolean | undefined;
}

export type CaseEvent =
  | { readonly type: 'detected'; readonly mismatch: Detection }
  /** Seen to be right up to this place in the log. */
  | { readonly type: 'cleared'; readonly topicEpoch: number; readonly offset: bigint }
  /** Its time has come; for a case that is being worked on: its time is over. */
  | { readonly type: 'due' }
  /** Its time lies further ahead than any wait is long. */
  | { readonly type: 'recalled' }
  | { readonly type: 'circuitOpen'; readonly outageId: bigint; readonly reason: string }
  | { readonly type: 'outageRelease' }
  /** Whoever worked on it has ended. */
  | { readonly type: 'leaseLost' }
  // What a look has shown.
  | { readonly type: 'equal' }
  | { readonly type: 'bothAbsent' }
  | { readonly type: 'diff'; readonly difference: Difference }
  | { readonly type: 'moved' }
  /** The row differs, and its changes are in another partition than those of the case. */
  | { readonly type: 'elsewhere'; readonly partition: number }
  /** readMs: of a record that was read again, when that began. */
  | { readonly type: 'readError'; readonly error: ReplicationError; readonly readMs?: number | undefined }
  /** The record of an opaque case can be read now, and its rows have cases of their own. */
  | { readonly type: 'replayed' }
  // What the owner of the row has answered.
  | { readonly type: 'writeOk'; readonly answer: RepairAnswer }
  | { readonly type: 'guardLost' }
  /** It was not asked at all. */
  | { readonly type: 'unreached'; readonly reason: string }
  /** Refused as long as another row is as it is: a parent is missing, a child still there, a unique value not given up. */
  | { readonly type: 'writeBlocked'; readonly reason: string }
  | { readonly type: 'writeTransient'; readonly reason: string }
  | { readonly type: 'writePermanent'; readonly reason: string }
  | { readonly type: CaseOrderEvent; readonly order: CaseOrder };

export type CaseOrderEvent = 'opRecheck' | 'opRepair' | 'opAck' | 'opUnack' | 'opAbandon' | 'opReplay';

export interface CaseFacts {
  /** False: another tool writes the target, and no row is repaired. */
  readonly apply: boolean;
  readonly settings: VerificationSettings['recovery'];
  /** By the clock of the state database. */
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Why the automatic repair of a table is stopped; undefined: it is not. */
  readonly stopOf: (table: string) => string | undefined;
  /** Rows that may still be deleted in this hour. */
  readonly deletesLeft: number;
}

export interface CaseContext {
  readonly case: Case;
  readonly facts: CaseFacts;
}
