import type { Case } from '../../actors/state/case.ts';
import type { CasePlace, CaseWrite, NewCase } from '../../actors/state/case-store.ts';

export const PLACE: CasePlace = { pipeline: 'order-seller', partition: 3, epoch: 7 };

export function aNewCase(key: string, more: Partial<NewCase> = {}): NewCase {
  return {
    pipeline: PLACE.pipeline,
    partition: PLACE.partition,
    row: { table: 'orders', shard: 's0', rowKey: key, targetKey: [['id', key]], sourceKey: [['order_no', key]] },
    kind: 'different',
    state: 'waiting',
    columns: ['status'],
    sourceDigest: 'aa',
    targetDigest: 'bb',
    topicEpoch: 0,
    offset: 42n,
    commitTimeMs: 1_700_000_000_000,
    isOwnerUnknown: false,
    foundBy: 'verifier',
    firstSeenMs: 1_700_000_001_000,
    lastSeenMs: 1_700_000_001_000,
    confirmedMs: 1_700_000_001_000,
    detections: 1,
    extraSinceMs: null,
    attempts: 0,
    lostRaces: 0,
    relapses: 0,
    clearedLooks: 0,
    ordered: null,
    dueMs: null,
    outageId: null,
    runId: null,
    repairedMs: null,
    repairOffset: null,
    reason: null,
    end: null,
    previousId: null,
    ...more,
  };
}

export function opening(next: NewCase, event = 'detected'): CaseWrite {
  return { kind: 'open', next, step: { event, by: 'recovery', note: '' } };
}

export function changing(before: Case, more: Partial<Case>, event = 'due'): CaseWrite {
  return { kind: 'change', before, next: { ...before, ...more }, step: { event, by: 'recovery', note: 'ERG_1: why' } };
}
