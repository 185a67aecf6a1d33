/** Runs a program to its end, with a deadline; its output is kept for the message when it fails. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const SHOWN_LINES = 15;

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** @returns what it wrote to its standard output. @throws Error with the command line and the last lines it wrote */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, args, {
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      env: options.env ?? process.env,
    });
    return stdout;
  } catch (error) {
    throw new Error(`"${[file, ...args].join(' ')}" failed:\n${describe(error)}`, { cause: error });
  }
}

export function lastLines(text: string, count = SHOWN_LINES): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

function describe(error: unknown): string {
  const { stdout = '', stderr = '', killed } = error as { stdout?: string; stderr?: string; killed?: boolean };
  const output = lastLines(`${stdout}\n${stderr}`);
  return [killed === true ? '(stopped: it took too long)' : '', output].filter((line) => line.trim() !== '').join('\n');
}
