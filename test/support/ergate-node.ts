/** A process of its own, as in production, with its log as events and its exit code as a promise. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface LoggedLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

const ERGATE = fileURLToPath(new URL('../../supervisor/cli/ergate.ts', import.meta.url));
const SETTINGS = fileURLToPath(new URL('../../deploy/settings/order.yaml', import.meta.url));

export class LoggingProcess implements AsyncDisposable {
  readonly lines: LoggedLine[] = [];
  /** What it said that is no event. */
  readonly other: string[] = [];
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.ended = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }));
    const { stderr } = this.#child;
    if (stderr !== null) {
      createInterface({ input: stderr }).on('line', (line) => this.#take(line));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async until(event: string, times = 1): Promise<LoggedLine> {
    const { promise, resolve, reject } = Promise.withResolvers<LoggedLine>();
    const check = () => {
      const found = this.lines.filter((line) => line.event === event);
      if (found.length >= times) {
        resolve(found[times - 1]!);
      }
    };
    this.#waiting.add(check);
    check();
    const gone = this.ended.then(() =>
      reject(
        new Error(
          `the process ended before ${event}:\n${[...this.other, ...this.lines.map((line) => JSON.stringify(line))].join('\n')}`,
        ),
      ),
    );
    gone.catch(() => {});
    return promise.finally(() => this.#waiting.delete(check));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
  }

  #take(line: string): void {
    if (line.startsWith('{')) {
      this.lines.push(JSON.parse(line));
    } else {
      this.other.push(line);
    }
    for (const check of this.#waiting) {
      check();
    }
  }
}

/** @param env what the example settings take from the environment */
export function startErgateNode(name: string, env: Readonly<Record<string, string>>): LoggingProcess {
  return new LoggingProcess([ERGATE, 'node', '--node', name, '--config', SETTINGS], env);
}
