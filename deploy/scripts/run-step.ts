/** One step of `npm test`: a program whose output goes straight to the terminal. */
import { spawn } from 'node:child_process';

export interface Step {
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
}

/** The step has a process group of its own, which a signal to ours does not reach. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns whether it ended by itself with exit code 0, in time; when it did not, nothing that it started is left */
export async function runStep({ title, program, args, timeoutMs }: Step): Promise<boolean> {
  console.log(`\n== ${title}`);
  if (timeoutMs <= 0) {
    console.log(`== ${title}: failed (no time is left)`);
    return false;
  }
  const child = spawn(program, args, { stdio: 'inherit', detached: true });
  const { promise, resolve } = Promise.withResolvers<string>();
  child.once('error', (error) => resolve(error.message));
  child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  const forward = (signal: NodeJS.Signals) => {
    killGroup(child.pid, signal);
    process.kill(process.pid, signal); // and now to us: this listener is gone
  };
  for (const signal of FORWARDED) {
    process.once(signal, forward);
  }
  const timer = setTimeout(() => {
    resolve(`not done after ${Math.round(timeoutMs / 1_000)} s`);
    killGroup(child.pid, 'SIGKILL');
  }, timeoutMs);
  const outcome = await promise;
  clearTimeout(timer);
  for (const signal of FORWARDED) {
    process.off(signal, forward);
  }
  if (outcome !== '0') {
    killGroup(child.pid, 'SIGKILL');
    console.log(`== ${title}: failed (${/^\d+$/.test(outcome) ? `exit code ${outcome}` : outcome})`);
  }
  return outcome === '0';
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, signal);
    }
  } catch {
    // it is gone already
  }
}
