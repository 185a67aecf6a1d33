/** One supervisor and two nodes, each a process of its own, as they would run in production. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ManagedProcess } from './managed-process.ts';
import { endRecordedProcesses, forgetProcesses, recordProcesses } from './process-record.ts';

const ERGATE = fileURLToPath(new URL('../../supervisor/cli/ergate.ts', import.meta.url));
const STOP_DEADLINE_MS = 15_000;

export interface ErgateProcessesOptions {
  readonly folder: string;
  /** Files of settings, later ones over earlier ones. */
  readonly settings: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly onChange: (message: string) => void;
}

export class ErgateProcesses {
  readonly #recordFile: string;
  readonly #processes: readonly ManagedProcess[];

  constructor({ folder, settings, environment, onChange }: ErgateProcessesOptions) {
    this.#recordFile = buildRecordFile(folder);
    const logs = join(folder, 'logs');
    mkdirSync(logs, { recursive: true });
    const build = (name: string, args: readonly string[]) =>
      new ManagedProcess(
        {
          name,
          args: [ERGATE, ...args, ...settings.flatMap((file) => ['--config', file])],
          env: { ...process.env, TZ: 'UTC', ...environment },
          logFile: join(logs, `${name}.log`),
        },
        (message) => {
          this.#record();
          onChange(message);
        },
      );
    this.#processes = [
      build('supervisor', ['supervisor']),
      build('node-1', ['node', '--node', 'node-1']),
      build('node-2', ['node', '--node', 'node-2']),
    ];
  }

  get list(): readonly ManagedProcess[] {
    return this.#processes;
  }

  get restarts(): number {
    return this.#processes.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  start(): void {
    for (const managed of this.#processes) {
      managed.start();
    }
    this.#record();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((managed) => managed.stop(STOP_DEADLINE_MS)));
    forgetProcesses(this.#recordFile);
  }

  #record(): void {
    const pids = this.#processes.map(({ pid }) => pid).filter((pid) => pid !== undefined);
    recordProcesses(this.#recordFile, pids);
  }
}

/** Ends ergate processes that an earlier demo in this folder could not end. @returns how many */
export function endLeftovers(folder: string): number {
  mkdirSync(folder, { recursive: true });
  return endRecordedProcesses(buildRecordFile(folder));
}

function buildRecordFile(folder: string): string {
  return join(folder, 'ergate-processes.json');
}
