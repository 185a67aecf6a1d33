import { type Command, InvalidArgumentError } from 'commander';
import type { KeyCell } from '../../protocol/verify/row-name.ts';
import type { ForceSyncOptions } from './force-sync-command.ts';
import { type ProgramContext, withConfig, withOutput } from './program-parts.ts';

export function addForceSync(program: Command, { setExitCode }: ProgramContext): void {
  withOutput(
    withConfig(
      program
        .command('force-sync')
        .description('make one row at the target what it is at the source now, through the sink that owns it'),
    ),
  )
    .argument('<pipeline>', 'name of the pipeline')
    .argument('<table>', 'name of the table at the source')
    .argument('<key...>', 'each column of the primary key at the source, such as order_no=17', readKeyPart)
    .requiredOption('--reason <text>', 'why; kept with your name and the time')
    .option('--delete', 'delete the row at the target if the source does not have it')
    .action(
      async (pipeline: string, table: string, key: readonly KeyCell[], options: Omit<ForceSyncOptions, 'key'>) => {
        const { runForceSync } = await import('./force-sync-command.ts');
        setExitCode(await runForceSync({ ...options, pipeline, table, key }));
      },
    );
}

function readKeyPart(text: string, before: readonly KeyCell[] = []): readonly KeyCell[] {
  const [, column, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (column === undefined || value === undefined) {
    throw new InvalidArgumentError('Expected a column and its value, such as order_no=17.');
  }
  return [...before, [column, value]];
}
