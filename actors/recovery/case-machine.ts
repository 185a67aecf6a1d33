/**
 * The life of one wrong row of one shard.
 *
 *   waiting      it was found wrong; time is given for it to become right by itself
 *   checking     somebody of the place is looking at source and target, or at the record of an opaque case
 *   held         the shard is away; nothing is tried before it is back
 *   repairing    a look has confirmed it, and the owner of the row is, or was about to be, asked to write it
 *   retryWait    it could not be decided or repaired; looked at again when it is due
 *   repaired     it was written, or may have been; not proven yet
 *   reverifying  somebody of the place is looking whether the repair has held
 *   quarantined  a person has to act. It is still looked at, never written, and closed when it was right twice
 *   suppressed   a person ignores this very difference for a time
 *   closed       it was seen to be right, or was given up; the next report of the row opens a new case
 *
 * Pure: driven by transitions alone, made anew from the stored case for each event. It has no timers: when something is due
 * stands in the case. What the named actions change is in case-changes.ts; `look` and `repair` are done by the actor.
 */
import { setup } from 'xstate';
import type { CaseContext, CaseEvent } from './case-event.ts';
import { isLastRelapse, isPassing, judgeSeen } from './case-policy.ts';
import { compareEvidence, isSameDifference } from './merge-evidence.ts';

const noop = () => {};

const open = {
  detected: { actions: 'merge' },
  cleared: { guard: 'isNewEnough', target: 'closed', actions: 'endCleared' },
  opRepair: { guard: 'namesRow', target: 'checking', actions: 'order' },
  opReplay: { guard: 'isOpaque', target: 'checking', actions: 'order' },
  opAck: { target: 'suppressed', actions: 'acknowledge' },
  opAbandon: { target: 'quarantined', actions: 'giveUp' },
} as const;

export const caseMachine = setup({
  types: { context: {} as CaseContext, events: {} as CaseEvent, input: {} as CaseContext },
  guards: {
    isOpaque: ({ context }) => context.case.kind === 'opaque',
    namesRow: ({ context }) => context.case.kind !== 'opaque',
    /** What was seen to be right is not older than what was seen to be wrong. */
    isNewEnough: ({ context, event }) =>
      event.type === 'cleared' &&
      (event.topicEpoch > context.case.topicEpoch ||
        (event.topicEpoch === context.case.topicEpoch && event.offset >= context.case.offset)),
    isAfterRepair: ({ context, event }) => event.type === 'detected' && isAfterRepair(context, event),
    isSameDifference: ({ context, event }) =>
      event.type === 'detected' &&
      (compareEvidence(context.case, event.mismatch) < 0 || isSameDifference(context.case, event.mismatch)),
    /** It was not repaired only because nobody knew through whom. */
    tellsOwner: ({ context, event }) =>
      event.type === 'detected' && context.case.isOwnerUnknown && event.mismatch.isOwnerUnknown !== true,
    /** A repair whose answer never came may have been done; only a later look proves that it has held. */
    mayHaveWritten: ({ context }) => context.case.attempts > 0,
    triedBefore: ({ context }) => context.case.attempts > 1,
    mayRepair: ({ context, event }) => event.type === 'diff' && judgeSeen(context, event.difference).next === 'repair',
    isForLater: ({ context, event }) => event.type === 'diff' && judgeSeen(context, event.difference).next === 'later',
    isLastRelapse: ({ context }) => isLastRelapse(context.case.relapses + 1),
    wasClearedBefore: ({ context }) => context.case.clearedLooks > 0,
    isPassing: ({ event }) => event.type === 'readError' && isPassing(event.error.class),
    hasAttemptsLeft: ({ context }) => context.case.attempts + 1 < context.facts.settings.maxAttempts,
  },
  actions: {
    look: noop,
    repair: noop,
    merge: noop,
    see: noop,
    move: noop,
    charge: noop,
    refund: noop,
    postpone: noop,
    retry: noop,
    retryLooking: noop,
    loseRace: noop,
    hold: noop,
    release: noop,
    noteRepair: noop,
    assumeRepair: noop,
    rearm: noop,
    relapse: noop,
    quarantine: noop,
    nextLook: noop,
    countClearedLook: noop,
    lookNow: noop,
    order: noop,
    acknowledge: noop,
    giveUp: noop,
    await: noop,
    reopen: noop,
    endHealed: noop,
    endVanished: noop,
    endVerified: noop,
    endCleared: noop,
    endReplayed: noop,
    endAbandoned: noop,
  },
}).createMachine({
  id: 'case',
  context: ({ input }) => input,
  initial: 'waiting',
  states: {
    waiting: {
      on: {
        ...open,
        due: 'checking',
        recalled: { actions: 'lookNow' },
        circuitOpen: { target: 'held', actions: 'hold' },
        opRecheck: { actions: 'lookNow' },
      },
    },
    checking: {
      entry: 'look',
      on: {
        detected: { actions: 'merge' },
        equal: [
          { guard: 'mayHaveWritten', target: 'repaired', actions: 'assumeRepair' },
          { target: 'closed', actions: 'endHealed' },
        ],
        bothAbsent: [
          { guard: 'mayHaveWritten', target: 'repaired', actions: 'assumeRepair' },
          { target: 'closed', actions: 'endVanished' },
        ],
        diff: [
          { guard: 'mayRepair', target: 'repairing', actions: ['see', 'charge'] },
          { guard: 'isForLater', target: 'retryWait', actions: ['see', 'postpone'] },
          { target: 'quarantined', actions: ['see', 'quarantine'] },
        ],
        moved: { target: 'retryWait', actions: 'loseRace' },
        elsewhere: { target: 'waiting', actions: 'move' },
        readError: [
          { guard: 'isPassing', target: 'retryWait', actions: 'retryLooking' },
          { guard: 'hasAttemptsLeft', target: 'retryWait', actions: ['charge', 'retry'] },
          { target: 'quarantined', actions: 'quarantine' },
        ],
        replayed: { target: 'closed', actions: 'endReplayed' },
        circuitOpen: { target: 'held', actions: 'hold' },
        leaseLost: { target: 'retryWait', actions: 'retryLooking' },
        due: { target: 'retryWait', actions: 'retryLooking' },
      },
    },
    held: {
      on: {
        ...open,
        outageRelease: { target: 'checking', actions: 'release' },
        opRepair: { guard: 'namesRow', target: 'checking', actions: ['release', 'order'] },
        opReplay: { guard: 'isOpaque', target: 'checking', actions: ['release', 'order'] },
      },
    },
    repairing: {
      entry: 'repair',
      on: {
        detected: { actions: 'merge' },
        writeOk: { target: 'repaired', actions: 'noteRepair' },
        equal: [
          { guard: 'triedBefore', target: 'repaired', actions: 'assumeRepair' },
          { target: 'closed', actions: ['refund', 'endHealed'] },
        ],
        bothAbsent: [
          { guard: 'triedBefore', target: 'repaired', actions: 'assumeRepair' },
          { target: 'closed', actions: ['refund', 'endVanished'] },
        ],
        /** The owner found the row extra, which was not to be deleted. */
        diff: { target: 'retryWait', actions: ['refund', 'see', 'postpone'] },
        guardLost: { target: 'retryWait', actions: ['refund', 'loseRace'] },
        unreached: { target: 'retryWait', actions: ['refund', 'retryLooking'] },
        writeBlocked: { target: 'retryWait', actions: 'retry' },
        writeTransient: { target: 'retryWait', actions: 'retry' },
        writePermanent: { target: 'quarantined', actions: 'quarantine' },
        circuitOpen: { target: 'held', actions: ['refund', 'hold'] },
        leaseLost: { target: 'retryWait', actions: 'retry' },
        due: { target: 'retryWait', actions: 'retry' },
      },
    },
    retryWait: {
      on: {
        ...open,
        due: 'checking',
        recalled: { actions: 'lookNow' },
        circuitOpen: { target: 'held', actions: 'hold' },
        opRecheck: { actions: 'lookNow' },
      },
    },
    repaired: {
      on: {
        detected: [
          { guard: 'isAfterRepair', target: 'waiting', actions: ['merge', 'relapse', 'await'] },
          { actions: 'merge' },
        ],
        due: 'reverifying',
        recalled: { actions: 'lookNow' },
        circuitOpen: { actions: 'rearm' },
        opRecheck: { actions: 'lookNow' },
      },
    },
    reverifying: {
      entry: 'look',
      on: {
        detected: { actions: 'merge' },
        equal: { target: 'closed', actions: 'endVerified' },
        bothAbsent: { target: 'closed', actions: 'endVerified' },
        diff: [
          { guard: 'isLastRelapse', target: 'quarantined', actions: ['see', 'relapse', 'quarantine'] },
          { target: 'retryWait', actions: ['see', 'relapse', 'retry'] },
        ],
        moved: { target: 'repaired', actions: 'loseRace' },
        elsewhere: { target: 'waiting', actions: 'move' },
        readError: { target: 'repaired', actions: 'rearm' },
        circuitOpen: { target: 'repaired', actions: 'rearm' },
        leaseLost: { target: 'repaired', actions: 'rearm' },
        due: { target: 'repaired', actions: 'rearm' },
      },
    },
    quarantined: {
      on: {
        ...open,
        detected: [{ guard: 'tellsOwner', target: 'waiting', actions: ['merge', 'await'] }, { actions: 'merge' }],
        due: { actions: ['nextLook', 'look'] },
        recalled: { actions: 'lookNow' },
        circuitOpen: { actions: 'nextLook' },
        equal: [
          { guard: 'wasClearedBefore', target: 'closed', actions: 'endCleared' },
          { actions: 'countClearedLook' },
        ],
        bothAbsent: [
          { guard: 'wasClearedBefore', target: 'closed', actions: 'endCleared' },
          { actions: 'countClearedLook' },
        ],
        diff: { actions: 'see' },
        elsewhere: { target: 'waiting', actions: 'move' },
        replayed: { target: 'closed', actions: 'endReplayed' },
        /** Not believed: it only makes the looks come sooner. */
        cleared: { guard: 'isNewEnough', actions: 'lookNow' },
        opRecheck: { actions: 'lookNow' },
        opAbandon: { target: 'closed', actions: 'endAbandoned' },
      },
    },
    suppressed: {
      on: {
        detected: [
          { guard: 'isSameDifference', actions: 'merge' },
          { target: 'waiting', actions: ['merge', 'await'] },
        ],
        due: { target: 'waiting', actions: 'await' },
        opUnack: { target: 'waiting', actions: 'await' },
        cleared: { guard: 'isNewEnough', target: 'closed', actions: 'endCleared' },
      },
    },
    closed: {
      on: { detected: { target: 'waiting', actions: 'reopen' } },
    },
  },
});

function isAfterRepair(
  { case: current }: CaseContext,
  { mismatch }: Extract<CaseEvent, { type: 'detected' }>,
): boolean {
  const { partition, topicEpoch, repairOffset } = current;
  const repaired = { ...current, offset: repairOffset ?? current.offset };
  return mismatch.evidence.partition === partition && mismatch.evidence.topicEpoch >= topicEpoch
    ? compareEvidence(repaired, mismatch) > 0
    : false;
}
