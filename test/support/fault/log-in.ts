import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRun } from './fault-run.ts';

const WATCHED_MS = 1_000;
/** Of two lanes and the questions for tables, with back-off; without it there would be hundreds. */
export const MAX_LOG_INS = 12;

/** An account with a password and without the privileges of an administrator. @param name of the run too */
export function anAccount(name: string): { user: string; password: string; prepare: string } {
  return {
    user: name,
    password: 'secret',
    prepare: `CREATE OR REPLACE USER ${name} IDENTIFIED BY 'secret'; GRANT ALL ON ${name}_0.* TO ${name}`,
  };
}

/** @returns how often the sink tries within a second */
export async function countLogIns({ proxy }: FaultRun): Promise<number> {
  const before = proxy.accepted;
  await sleep(WATCHED_MS); // what happens in that time is what is measured
  return proxy.accepted - before;
}
