/**
 * Names one process of this machine for longer than it lives: a pid alone is given to another process later, a pid with
 * its start time is not.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process, as /proc tells it; empty when the process was gone already. */
  readonly started: string;
}

const LOOK_EVERY_MS = 20;
const KILL_TAKES_AT_MOST_MS = 10_000;

/** Positions among the fields that follow the command name in /proc/<pid>/stat, see proc(5). */
const STATE = 0;
const THREAD_COUNT = 17;
const START_TIME = 19;

export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, started: readStat(pid)?.[START_TIME] ?? '' };
}

/** False also for a zombie, which holds neither port nor file, unless threads of it still run: they hold both. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  if (stat === undefined || stat[START_TIME] !== started) {
    return false;
  }
  return stat[STATE] !== 'Z' || Number(stat[THREAD_COUNT]) > 1;
}

/** Sends the signal unless the process is gone, or its pid belongs to another by now. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) {
    return;
  }
  try {
    process.kill(identity.pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}

/** Asks the process to end, ends it when it has not after `graceMs`, and resolves when it is gone. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signalProcess(identity, 'SIGTERM');
  if (!(await waitUntilGone(identity, graceMs))) {
    await killProcess(identity);
  }
}

/** Ends the process as a power cut would, and resolves when it is gone. */
export async function killProcess(identity: ProcessIdentity): Promise<void> {
  signalProcess(identity, 'SIGKILL');
  if (!(await waitUntilGone(identity, KILL_TAKES_AT_MOST_MS))) {
    throw new Error(`process ${identity.pid} is still there ${KILL_TAKES_AT_MOST_MS / 1_000} s after SIGKILL`);
  }
}

async function waitUntilGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  while (isRunning(identity)) {
    if (performance.now() > deadlineMs) {
      return false;
    }
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

/** The command name may hold spaces and brackets, so the fields are counted from its last bracket. */
function readStat(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
