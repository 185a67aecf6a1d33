/**
 * The circuit breaker of one shard of a target, in one process.
 *
 *   closed    changes are written, rows are read. What fails for want of the shard makes it suspect.
 *   suspect   the shard is asked (validation query), again and again until it answers; all goes on
 *   open      so many queries failed in a row: nothing is sent. After a while one probe decides
 *   halfOpen  the probe is under way; still nothing is sent
 *   held      opened by hand; only a hand closes it
 *
 * The count of failed queries is not reset by a query that is answered, nor by a row that is read, only by a change that is
 * written: a server that answers and does not write is not well. So one more failed query opens a breaker that a probe has
 * just closed. What was counted is forgotten after a minute without another failure: failures an hour apart are not an outage.
 */
import { assign, cancel, fromPromise, raise, setup } from 'xstate';

export interface BreakerRules {
  /** Failed queries in a row that open it. */
  readonly failures: number;
  readonly openForMs: number;
}

interface BreakerInput {
  readonly rules: BreakerRules;
  /** Resolves when the shard is there and can be written; rejects within a short time otherwise. */
  readonly validate: () => Promise<void>;
}

interface BreakerContext extends BreakerInput {
  readonly failures: number;
  readonly reason: string;
}

/**
 * hint: an answer is slow in coming, or another process has found the shard in trouble or well again: reason to look, not to
 * believe.
 */
export type BreakerEvent =
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'written' }
  | { readonly type: 'hint' }
  | { readonly type: 'forget' }
  | { readonly type: 'hold'; readonly reason: string }
  | { readonly type: 'release' };

/** Between two queries while it is suspect. */
const PACE_MS = 800;
const FORGET_MS = 60_000;

const COUNT = ['count', 'forgetNotYet', 'forgetLater'] as const;
const TRUST_AGAIN = ['trustAgain', 'forgetNotYet', 'forgetLater'] as const;

export const breakerMachine = setup({
  types: { context: {} as BreakerContext, events: {} as BreakerEvent, input: {} as BreakerInput },
  actors: { validate: fromPromise<void, BreakerContext['validate']>(({ input }) => input()) },
  delays: { openFor: ({ context }) => context.rules.openForMs, pace: PACE_MS, forget: FORGET_MS },
  guards: { isLast: ({ context }) => context.failures + 1 >= context.rules.failures },
  actions: {
    count: assign({ failures: ({ context }) => context.failures + 1 }),
    reset: assign({ failures: 0, reason: '' }),
    trustAgain: assign({ failures: ({ context }) => context.rules.failures - 1, reason: '' }),
    forgetNotYet: cancel('forget'),
    /** However often it is asked meanwhile: where nothing is written, each slow reading is a reason to. */
    forgetLater: raise({ type: 'forget' }, { delay: 'forget', id: 'forget' }),
    note: assign({
      reason: (_, { error }: { error: unknown }) => (error instanceof Error ? error.message : String(error)),
    }),
  },
}).createMachine({
  id: 'breaker',
  context: ({ input }) => ({ ...input, failures: 0, reason: '' }),
  initial: 'closed',
  on: {
    hold: { target: '.held', actions: assign({ reason: ({ event }) => event.reason }) },
  },
  states: {
    closed: {
      on: {
        forget: { actions: 'reset' },
        written: { actions: 'reset' },
        failed: { target: 'suspect', actions: assign({ reason: ({ event }) => event.reason }) },
        hint: 'suspect',
      },
    },
    suspect: {
      initial: 'asking',
      on: {
        forget: { actions: 'reset' },
        written: { target: 'closed', actions: 'reset' },
        release: { target: 'closed', actions: TRUST_AGAIN },
      },
      states: {
        asking: {
          invoke: {
            src: 'validate',
            input: ({ context }) => context.validate,
            onDone: '#breaker.closed',
            onError: [
              {
                guard: 'isLast',
                target: '#breaker.open',
                actions: [...COUNT, { type: 'note', params: ({ event }) => event }],
              },
              { target: 'waiting', actions: [...COUNT, { type: 'note', params: ({ event }) => event }] },
            ],
          },
        },
        waiting: { after: { pace: 'asking' } },
      },
    },
    open: {
      after: { openFor: 'halfOpen' },
      on: { hint: 'halfOpen', release: { target: 'closed', actions: TRUST_AGAIN } },
    },
    halfOpen: {
      invoke: {
        src: 'validate',
        input: ({ context }) => context.validate,
        onDone: { target: 'closed', actions: TRUST_AGAIN },
        onError: { target: 'open', actions: { type: 'note', params: ({ event }) => event } },
      },
      on: { release: { target: 'closed', actions: TRUST_AGAIN } },
    },
    held: {
      on: { release: { target: 'closed', actions: TRUST_AGAIN } },
    },
  },
});
