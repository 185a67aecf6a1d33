import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

export interface ChildPlan {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly profile: boolean;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const STOP_DEADLINE_MS = 15_000;

/** A Node process of the benchmark; its output goes to a file. */
export class BenchChild {
  readonly pid: number;
  readonly logFile: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  constructor({ name, script, args, folder, profile, env }: ChildPlan) {
    this.logFile = join(folder, `${name}.log`);
    const log = openSync(this.logFile, 'a');
    const flags = profile ? ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}.cpuprofile`] : [];
    this.#child = spawn(process.execPath, [...flags, '--disable-warning=TimeoutNegativeWarning', script, ...args], {
      stdio: ['ignore', log, log],
      env: { ...process.env, TZ: 'UTC', ...env },
    });
    closeSync(log);
    this.pid = this.#child.pid ?? -1;
    this.#gone = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
  }

  /** True after it ended well. @throws Error when it ended otherwise */
  isDone(): boolean {
    const { exitCode, signalCode } = this.#child;
    if (signalCode !== null || (exitCode !== null && exitCode !== 0)) {
      throw new Error(`process ${this.pid} ended with ${signalCode ?? exitCode}, see ${this.logFile}`);
    }
    return exitCode === 0;
  }

  /** SIGTERM, so that a profile is written; SIGKILL when that does not help. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await this.#gone;
    clearTimeout(killer);
  }
}
