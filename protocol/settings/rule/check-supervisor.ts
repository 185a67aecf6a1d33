import type { SettingsDraft } from '../settings-draft.ts';
import type { Complaint } from '../settings-problem.ts';

/** One heartbeat may be lost, and one may be late, before a node counts as dead. */
const HEARTBEATS_BEFORE_DEAD = 2;

export function checkSupervisor({ supervisor }: SettingsDraft): Complaint[] {
  if (supervisor === undefined || supervisor.nodeDeadAfter >= HEARTBEATS_BEFORE_DEAD * supervisor.heartbeatEvery) {
    return [];
  }
  const least = HEARTBEATS_BEFORE_DEAD * supervisor.heartbeatEvery;
  return [
    {
      path: ['supervisor', 'nodeDeadAfter'],
      against: ['supervisor', 'heartbeatEvery'],
      expected: `at least ${HEARTBEATS_BEFORE_DEAD} times heartbeatEvery`,
      got: `${supervisor.nodeDeadAfter} ms, and heartbeatEvery is ${supervisor.heartbeatEvery} ms`,
      hint: `${least}ms`,
    },
  ];
}
