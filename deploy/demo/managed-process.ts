/**
 * One long-running ergate process of the demo: its output goes to a file, and it is started again when it dies, as a
 * service manager would do. It runs in a session of its own, so that Ctrl-C in the terminal reaches the demo only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { findExecutable } from '../local/find-executable.ts';

export interface ProcessCommand {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
}

const RESTART_AFTER_MS = 2_000;

export class ManagedProcess {
  readonly name: string;
  readonly logFile: string;
  readonly #command: ProcessCommand;
  readonly #onChange: (message: string) => void;
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #restarts = 0;
  #lastEnd: string | undefined;

  constructor(command: ProcessCommand, onChange: (message: string) => void) {
    this.name = command.name;
    this.logFile = command.logFile;
    this.#command = command;
    this.#onChange = onChange;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** How it ended last: "exit code 0", "SIGKILL". */
  get lastEnd(): string | undefined {
    return this.#lastEnd;
  }

  start(): void {
    const { args, env, logFile } = this.#command;
    const log = openSync(logFile, 'a');
    const [program, ...rest] = [...deathWish(), process.execPath, ...args] as [string, ...string[]]; // never empty
    const child = spawn(program, rest, { env, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gone = promise;
    child.once('error', () => resolve());
    child.once('exit', (code, signal) => {
      resolve();
      this.#child = undefined;
      this.#lastEnd = signal ?? `exit code ${code}`;
      this.#startAgain(this.#lastEnd);
    });
  }

  /** Asks it to end, and ends it when it has not after `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#child?.kill('SIGTERM');
    const killer = setTimeout(() => this.#child?.kill('SIGKILL'), deadlineMs);
    await this.#gone;
    clearTimeout(killer);
  }

  #startAgain(reason: string): void {
    if (this.#stopping) {
      return;
    }
    this.#onChange(`${this.name} ended (${reason}), starting it again in ${RESTART_AFTER_MS / 1_000} s`);
    this.#timer = setTimeout(() => {
      this.#restarts++;
      this.start();
      this.#onChange(`${this.name} started again, pid ${this.pid}`);
    }, RESTART_AFTER_MS);
  }
}

/** The kernel ends it when the demo is killed (PR_SET_PDEATHSIG); where util-linux is missing, the next demo does. */
function deathWish(): readonly string[] {
  const setpriv = findExecutable('setpriv');
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
}
