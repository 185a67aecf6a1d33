import { unreachable } from '../../protocol/errors/unreachable.ts';
import type { ActorState, ActorStatus, SinkDetail } from '../../protocol/message/actor-status.ts';
import type { Job } from '../../protocol/message/job.ts';
import { EMPTY_LATENCY } from '../../protocol/message/latency-histogram.ts';
import {
  NO_VERIFIER_COUNTS,
  type RecoveryDetail,
  type SweeperDetail,
  type VerifierDetail,
} from '../../protocol/message/verification-status.ts';

/** Of an actor that is not there: it waits for its predecessor to end, or could not be built. */
export function buildEmptyStatus(
  job: Job,
  state: ActorState,
  reason: string | undefined,
  sinceMs: number,
): ActorStatus {
  return { state, reason, sinceMs, detail: buildEmptyDetail(job) };
}

function buildEmptyDetail({ kind }: Job): ActorStatus['detail'] {
  switch (kind) {
    case 'capture':
      return {
        kind: 'capture',
        topic: '',
        binlogFile: '',
        binlogPosition: 0,
        transactions: 0,
        changes: 0,
        records: 0,
        ignored: 0,
        lagSeconds: 0,
        schemaChanges: [],
      };
    case 'sink':
      return EMPTY_SINK;
    case 'verifier':
      return EMPTY_VERIFIER;
    case 'recovery':
      return EMPTY_RECOVERY;
    case 'sweeper':
      return EMPTY_SWEEPER;
    default:
      return unreachable(kind);
  }
}

const EMPTY_SINK: SinkDetail = {
  kind: 'sink',
  topic: '',
  group: '',
  committedOffset: '',
  endOffset: '',
  lagRecords: 0,
  lagSeconds: 0,
  queuedChanges: 0,
  queuedBytes: 0,
  counts: {
    records: 0,
    changes: 0,
    applied: 0,
    written: 0,
    filtered: 0,
    repeated: 0,
    findings: 0,
    refused: 0,
    tombstones: 0,
    batches: 0,
    retries: 0,
  },
  lanes: [],
  parked: [],
  oddities: { emptyRecords: 0, repeatedColumns: 0, refusedCommitTimes: 0, controlRecords: 0, unknownFields: [] },
  unwrittenColumns: [],
  latency: EMPTY_LATENCY,
};

const EMPTY_VERIFIER: VerifierDetail = {
  kind: 'verifier',
  topic: '',
  group: '',
  verifiedOffset: '',
  sinkOffset: '',
  endOffset: '',
  lagSeconds: 0,
  counts: NO_VERIFIER_COUNTS,
  suspects: 0,
  unverified: [],
};

const EMPTY_RECOVERY: RecoveryDetail = {
  kind: 'recovery',
  mode: 'observe',
  cases: {},
  oldestCaseMs: undefined,
  counts: { reported: 0, checked: 0, repaired: 0, closed: 0, quarantined: 0, relapsed: 0 },
  stopped: [],
};

const EMPTY_SWEEPER: SweeperDetail = {
  kind: 'sweeper',
  table: undefined,
  epoch: 0,
  rowsCompared: 0,
  chunksCompared: 0,
  mismatches: 0,
  tables: [],
};
