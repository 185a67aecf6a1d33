#!/usr/bin/env node
/** The ergate command: reads the arguments, runs one command, ends with its exit code. */
import { CommanderError } from 'commander';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import { buildProgram } from './build-program.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { readVersion } from './read-version.ts';

// Drivers render times in the zone of the process; ours is always the same, wherever it runs.
process.env['TZ'] = 'UTC';

// Whoever reads our output may stop early (ergate status | head): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.io));

process.exitCode = await run(process.argv);
process.stdout.write('', () => process.exit()); // open connections do not hold up the end

async function run(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = buildProgram({
    version: readVersion(),
    setExitCode: (code) => {
      exitCode = code;
    },
  });
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // commander has said what was wrong
    }
    process.stderr.write(`${asReplicationError(error).message}\n`);
    return exitCodeOf(error);
  }
}
