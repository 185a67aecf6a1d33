/** A server that keeps its connections and answers nothing, as one on a disk that hangs. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** Resolves when every thread stands still; until then one may still answer. @returns lets the server go on; repeatable */
export async function holdServer(pid: number): Promise<() => void> {
  process.kill(pid, 'SIGSTOP');
  await expect.poll(() => listThreadStates(pid), { interval: 5, timeout: 5_000 }).toEqual(new Set(['T']));
  return () => process.kill(pid, 'SIGCONT');
}

/** One letter each, behind the name in brackets: T is stopped. */
function listThreadStates(pid: number): ReadonlySet<string | undefined> {
  const threads = readdirSync(`/proc/${pid}/task`);
  return new Set(
    threads.map((thread) => /\) (\w)/.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))?.[1]),
  );
}
