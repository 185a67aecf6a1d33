/** The ergate command in this process: quicker than a process of its own, where nothing of the process itself is in question. */
import { CommanderError } from 'commander';
import { vi } from 'vitest';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import { buildProgram } from '../../supervisor/cli/build-program.ts';
import { EXIT, exitCodeOf } from '../../supervisor/cli/exit-codes.ts';

export interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** One at a time: what the process writes meanwhile is taken for its output. */
export async function runErgate(...args: readonly string[]): Promise<Ended> {
  let exitCode: number = EXIT.ok;
  const text = { out: '', err: '' };
  const take = (name: keyof typeof text) => (chunk: unknown) => {
    text[name] += String(chunk);
    return true;
  };
  using _out = vi.spyOn(process.stdout, 'write').mockImplementation(take('out'));
  using _err = vi.spyOn(process.stderr, 'write').mockImplementation(take('err'));
  try {
    const program = buildProgram({ version: '0.0.0', setExitCode: (code) => (exitCode = code) });
    await program.parseAsync(['node', 'ergate', ...args]);
  } catch (error) {
    if (error instanceof CommanderError) {
      exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    } else {
      text.err += `${asReplicationError(error).message}\n`;
      exitCode = exitCodeOf(error);
    }
  }
  return { exitCode, ...text };
}
