import type { Command } from 'commander';
import {
  type ConfigOptions,
  group,
  type ProgramContext,
  type ReadOptions,
  readCount,
  readId,
  withConfig,
  withOutput,
} from './program-parts.ts';

const MAX_ENTRIES = 10_000;

export function addState(program: Command, { setExitCode }: ProgramContext): void {
  const state = group(program, 'state', 'the state database: its tables, and the audit of what people did');
  withConfig(
    state.command('migrate').description('create or upgrade its tables; processes do it when they start'),
  ).action(async ({ config }: ConfigOptions) => {
    const { runStateMigrate } = await import('./state-command.ts');
    setExitCode(await runStateMigrate(config));
  });
  withOutput(
    withConfig(state.command('version').description('which version its tables have, and which are wanted')),
  ).action(async (options: ReadOptions) => {
    const { runStateVersion } = await import('./state-command.ts');
    setExitCode(await runStateVersion(options));
  });
  withOutput(withConfig(state.command('audit').description('what people did, the newest first')))
    .option('--verify', 'check that no entry was changed, taken out or put in')
    .option('--limit <count>', 'how many', readCount(MAX_ENTRIES), 50)
    .option('--before <id>', 'older than this one', readId)
    .action(async ({ verify, ...options }: ReadOptions & { verify?: boolean; limit: number; before?: bigint }) => {
      const { runAuditList, runAuditVerify } = await import('./state-command.ts');
      setExitCode(await (verify === true ? runAuditVerify(options) : runAuditList(options)));
    });
}
