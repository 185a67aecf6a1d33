/**
 * What a node does about an actor that ended without being told to.
 *
 * fenced, expected        never started again here: somebody else has its place, or it is done
 * configuration           tried again for as long as it is placed here, after 5 s to 60 s, and not counted: another node has
 *                         the same configuration, so moving would only spread the failure, and it heals by itself once a
 *                         person has mended what its reason names
 * all others              started again with back-off; when the budget is spent it is given up, and the supervisor moves it
 */

import { reconnectDelayMs } from '../../actors/stream/reconnect-delay.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface RestartBudget {
  readonly restarts: number;
  readonly withinMs: number;
}

/** What an actor has been through since it was placed here. */
export interface RestartHistory {
  /** Times of the counted restarts, monotonic clock; those that are too old to count may be missing. */
  readonly restartedMs: readonly number[];
  /** Failures in a row that a person has to mend. */
  readonly configurationFailures: number;
}

export type RestartChoice =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly history: RestartHistory }
  | { readonly kind: 'give-up'; readonly reason: string };

export interface ActorEnd {
  /** Undefined when it ended without an error. */
  readonly error: ReplicationError | undefined;
  readonly nowMs: number;
  /** Within [0, 1). */
  readonly random: number;
}

const FIRST_CONFIGURATION_MS = 5_000;
const LAST_CONFIGURATION_MS = 60_000;

export function chooseRestart(
  history: RestartHistory,
  { error, nowMs, random }: ActorEnd,
  budget: RestartBudget,
): RestartChoice {
  if (error === undefined) {
    return { kind: 'give-up', reason: 'ERG_9000: it ended without being told to' };
  }
  if (error.class === 'fenced' || error.class === 'expected') {
    return { kind: 'give-up', reason: error.message };
  }
  const restartedMs = history.restartedMs.filter((ms) => nowMs - ms < budget.withinMs);
  if (error.class === 'configuration') {
    const { configurationFailures } = history;
    return {
      kind: 'restart',
      delayMs: configurationDelayMs(configurationFailures, random),
      history: { restartedMs, configurationFailures: configurationFailures + 1 },
    };
  }
  if (restartedMs.length >= budget.restarts) {
    const seconds = budget.withinMs / 1_000;
    return { kind: 'give-up', reason: `${error.message} (after ${restartedMs.length} restarts within ${seconds} s)` };
  }
  return {
    kind: 'restart',
    delayMs: reconnectDelayMs(restartedMs.length, random),
    history: { restartedMs: [...restartedMs, nowMs], configurationFailures: 0 },
  };
}

function configurationDelayMs(failures: number, random: number): number {
  const fullMs = Math.min(LAST_CONFIGURATION_MS, FIRST_CONFIGURATION_MS * 2 ** Math.min(failures, 10));
  return Math.round(fullMs * (0.75 + random / 4));
}
