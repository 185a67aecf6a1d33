import type { Command } from 'commander';
import {
  type ConfigOptions,
  group,
  type ProgramContext,
  type ReadOptions,
  readCount,
  readId,
  readInstant,
  withConfig,
  withOutput,
} from './program-parts.ts';
import { readKeyRange } from './recover-program.ts';
import type { VerifyRunOptions } from './verify-command.ts';

const MAX_LISTED = 1_000;

export function addVerify(program: Command, { setExitCode }: ProgramContext): void {
  const verify = group(program, 'verify', 'compare whole tables with their source; and what is not verified');
  withOutput(withConfig(verify.command('run').description('order a sweep; the sweeper of the pipeline carries it out')))
    .requiredOption('--pipeline <name>', 'name of the pipeline')
    .option('--table <name>', 'this table at the source; may be given more than once', collect)
    .option(
      '--key-range <from..to>',
      'rows with these keys at the source, both ends included; an end may be left out',
      readKeyRange,
    )
    .option('--since <time>', 'rows that the source changed since: a time, or 2h for two hours ago', readInstant)
    .option('--wait', 'show how far it is, until it has ended')
    .action(async (options: VerifyRunOptions) => {
      const { runVerifyRun } = await import('./verify-command.ts');
      setExitCode(await runVerifyRun(options));
    });
  withOutput(withConfig(verify.command('watch').description('how far a sweep is, until it has ended')))
    .argument('<id>', 'number of the sweep', readId)
    .option('--once', 'only how it is now')
    .action(async (id: bigint, options: ReadOptions & { once?: boolean }) => {
      const { runVerifyWatch } = await import('./verify-command.ts');
      setExitCode(await runVerifyWatch(Number(id), options));
    });
  withOutput(withConfig(verify.command('list').description('sweeps, the newest first')))
    .option('--pipeline <name>', 'of this pipeline only')
    .option('--limit <count>', 'how many', readCount(MAX_LISTED), 20)
    .action(async (options: ReadOptions & { pipeline?: string; limit: number }) => {
      const { runVerifyList } = await import('./verify-command.ts');
      setExitCode(await runVerifyList(options));
    });
  withConfig(verify.command('stop').description('end a sweep; what it has found stays'))
    .argument('<id>', 'number of the sweep', readId)
    .action(async (id: bigint, options: ConfigOptions) => {
      const { runVerifyStop } = await import('./verify-command.ts');
      setExitCode(await runVerifyStop(Number(id), options));
    });
  withOutput(
    withConfig(verify.command('ranges').description('changes that could not be verified, the oldest first, and why')),
  )
    .option('--pipeline <name>', 'of this pipeline only')
    .option('--all', 'also those that were given up')
    .action(async (options: ReadOptions & { pipeline?: string; all?: boolean }) => {
      const { runRangeList } = await import('./range-command.ts');
      setExitCode(await runRangeList(options));
    });
  withConfig(verify.command('give-up').description('come to terms with changes that nobody can verify any more'))
    .argument('<range...>', 'as verify ranges shows it')
    .requiredOption('--reason <text>', 'why; kept with your name and the time')
    .action(async (ids: readonly string[], options: ConfigOptions & { reason: string }) => {
      const { runRangeGiveUp } = await import('./range-command.ts');
      setExitCode(await runRangeGiveUp(ids, options));
    });
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
