/** One step of `npm test`: a program whose output goes straight to the terminal. */
import { spawn } from 'node:child_process';

export interface Step {
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
}

/** @returns whether it ended by itself with exit code 0, in time */
export async function runStep({ title, program, args, timeoutMs }: Step): Promise<boolean> {
  console.log(`\n== ${title}`);
  const child = spawn(program, args, { stdio: 'inherit', timeout: timeoutMs, killSignal: 'SIGKILL' });
  const { promise, resolve } = Promise.withResolvers<string>();
  child.once('error', (error) => resolve(error.message));
  child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  const outcome = await promise;
  if (outcome !== '0') {
    console.log(`== ${title}: failed (${/^\d+$/.test(outcome) ? `exit code ${outcome}` : outcome})`);
  }
  return outcome === '0';
}
