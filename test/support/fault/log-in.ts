import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultRun } from './fault-run.ts';

const WATCHED_MS = 1_000;
/** Of two lanes and the questions for tables, with back-off; without it there would be hundreds. */
export const MAX_LOG_INS = 12;
/** The first tries follow each other closely: from here on a lane waits for half a second or longer. */
const GROWN_TRIES = 4;

/** An account with a password and without the privileges of an administrator. @param name of the run too */
export function anAccount(name: string): { user: string; password: string; prepare: string } {
  return {
    user: name,
    password: 'secret',
    prepare: `CREATE OR REPLACE USER ${name} IDENTIFIED BY 'secret'; GRANT ALL ON ${name}_0.* TO ${name}`,
  };
}

/** @returns how often the sink tries within a second, once its back-off has grown */
export async function countLogIns({ logger, proxy }: FaultRun): Promise<number> {
  const seen = logger.events.length;
  await logger.until((events) =>
    events
      .slice(seen)
      .some(({ name, fields }) => name === 'sink.write.retry' && Number(fields?.['tries']) >= GROWN_TRIES),
  );
  const before = proxy.accepted;
  await sleep(WATCHED_MS); // what happens in that time is what is measured
  return proxy.accepted - before;
}
