/** The ergate processes of a drill, each started again when it dies, as a service manager would do. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ManagedProcess } from '../../../deploy/demo/managed-process.ts';
import { identifyProcess, signalProcess } from '../../../deploy/local/process-identity.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const ERGATE = join(ROOT, 'supervisor', 'cli', 'ergate.ts');
const STOP_WITHIN_MS = 15_000;

export interface NodeProgram {
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface DrillProcessesOptions {
  readonly folder: string;
  /** File of settings. */
  readonly base: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A file that goes over those. */
  readonly settings?: string | undefined;
  /** What a node runs instead of the ergate command, with the arguments of it; and what it finds in its environment. */
  readonly node?: NodeProgram | undefined;
  readonly onChange: (message: string) => void;
}

export class DrillProcesses {
  readonly #options: DrillProcessesOptions;
  readonly #processes = new Map<string, ManagedProcess>();

  constructor(options: DrillProcessesOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
  }

  get names(): readonly string[] {
    return [...this.#processes.keys()];
  }

  /** "supervisor", or the name of a node. A process that was stopped starts anew. */
  start(name: string): void {
    const { folder, node, onChange } = this.#options;
    const isNode = name !== 'supervisor';
    const command = isNode ? [node?.file ?? ERGATE, 'node', '--node', name] : [ERGATE, 'supervisor'];
    const managed = new ManagedProcess(
      {
        name,
        args: [...command, ...this.#config],
        env: { ...this.#env, ...(isNode ? node?.environment : undefined) },
        logFile: join(folder, `${name}.log`),
      },
      onChange,
    );
    this.#processes.set(name, managed);
    managed.start();
  }

  /** Runs a command as an operator would. @returns what it prints @throws Error when it ends with another code than 0 */
  async run(...command: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [ERGATE, ...command, ...this.#config], {
      env: this.#env,
    });
    return stdout;
  }

  get #config(): readonly string[] {
    const { base, settings } = this.#options;
    return [base, ...(settings === undefined ? [] : [settings])].flatMap((file) => ['--config', file]);
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, TZ: 'UTC', ...this.#options.environment };
  }

  get(name: string): ManagedProcess {
    const managed = this.#processes.get(name);
    if (managed === undefined) {
      throw new Error(`there is no process ${name}`);
    }
    return managed;
  }

  /** @throws Error when it does not run at this moment */
  signal(name: string, signal: NodeJS.Signals): void {
    const { pid } = this.get(name);
    if (pid === undefined) {
      throw new Error(`${name} does not run, so it cannot be sent ${signal}`);
    }
    process.kill(pid, signal);
  }

  /** Ends all as an operator would, and starts none again. @returns how each ended */
  async stop(): Promise<readonly (readonly [name: string, end: string | undefined])[]> {
    return Promise.all(
      [...this.#processes].map(async ([name, managed]) => {
        if (managed.pid !== undefined) {
          signalProcess(identifyProcess(managed.pid), 'SIGCONT'); // one that was frozen could not end
        }
        await managed.stop(STOP_WITHIN_MS);
        return [name, managed.lastEnd] as const;
      }),
    );
  }
}
