import type { ActorState, ActorStatus } from '../../protocol/message/actor-status.ts';
import type { Job } from '../../protocol/message/job.ts';
import { EMPTY_LATENCY } from '../../protocol/message/latency-histogram.ts';

/** Of an actor that is not there: it waits for its predecessor to end, or could not be built. */
export function buildEmptyStatus(
  job: Job,
  state: ActorState,
  reason: string | undefined,
  sinceMs: number,
): ActorStatus {
  return { state, reason, sinceMs, detail: buildEmptyDetail(job) };
}

function buildEmptyDetail(job: Job): ActorStatus['detail'] {
  if (job.kind === 'capture') {
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
  }
  return {
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
    breakers: [],
    parked: [],
    oddities: { emptyRecords: 0, repeatedColumns: 0, refusedCommitTimes: 0, controlRecords: 0, unknownFields: [] },
    unwrittenColumns: [],
    latency: EMPTY_LATENCY,
  };
}
