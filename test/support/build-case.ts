import type { CaseFacts, Detection } from '../../actors/recovery/case-event.ts';
import type { Case } from '../../actors/state/case.ts';
import type { CaseOrder } from '../../actors/state/case-store.ts';

export const MINUTE_MS = 60_000;
export const NOW_MS = 1_000_000_000;

export function aCase(fields: Partial<Case> = {}): Case {
  return {
    id: 1n,
    pipeline: 'orders',
    partition: 0,
    row: {
      table: 'orders',
      shard: 's0',
      rowKey: '6:orders/1n1',
      targetKey: [['id', '1']],
      sourceKey: [['id', '1']],
    },
    kind: 'different',
    state: 'waiting',
    rev: 1,
    columns: ['name'],
    sourceDigest: 'a',
    targetDigest: 'b',
    topicEpoch: 0,
    offset: 100n,
    commitTimeMs: NOW_MS - 2 * MINUTE_MS,
    isOwnerUnknown: false,
    foundBy: 'verifier',
    firstSeenMs: NOW_MS - 5 * MINUTE_MS,
    lastSeenMs: NOW_MS - 5 * MINUTE_MS,
    confirmedMs: NOW_MS - 5 * MINUTE_MS,
    detections: 1,
    extraSinceMs: null,
    attempts: 0,
    lostRaces: 0,
    relapses: 0,
    clearedLooks: 0,
    ordered: null,
    dueMs: NOW_MS,
    outageId: null,
    runId: null,
    repairedMs: null,
    repairOffset: null,
    reason: null,
    end: null,
    ...fields,
  };
}

/** In the middle of every jitter. */
export function facts(fields: Partial<CaseFacts> = {}): CaseFacts {
  return {
    apply: true,
    settings: {
      mode: 'repair',
      checkAfter: 5 * MINUTE_MS,
      reverifyAfter: 30 * MINUTE_MS,
      maxAttempts: 5,
      rowsPerSecond: 50,
      deletesPerHour: 100,
      storm: { rows: 500, within: 5 * MINUTE_MS },
    },
    nowMs: NOW_MS,
    random: () => 0.5,
    stopOf: () => undefined,
    deletesLeft: 100,
    ...fields,
  };
}

export function aDetection(fields: Partial<Detection> & { readonly offset?: bigint } = {}): Detection {
  const { row, kind, columns, sourceDigest, targetDigest, topicEpoch, partition, commitTimeMs, foundBy } = aCase();
  const { offset = 200n, ...others } = fields;
  return {
    row,
    kind: kind === 'opaque' ? 'different' : kind,
    columns,
    sourceDigest,
    targetDigest,
    evidence: { topicEpoch, partition, offset: String(offset), commitTimeMs },
    foundBy,
    ...others,
  };
}

export function anOrder(fields: Partial<CaseOrder> = {}): CaseOrder {
  return {
    id: 7n,
    caseId: 1n,
    verb: 'repair',
    reason: 'asked for',
    by: 'kim',
    runId: null,
    mayDelete: false,
    untilMs: null,
    ...fields,
  };
}
