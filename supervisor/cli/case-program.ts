import { type Command, Option } from 'commander';
import { CASE_STATES } from '../../actors/state/case.ts';
import { CASE_ORDERS } from '../../actors/state/case-store.ts';
import type { CaseListOptions, CaseOrderOptions } from './case-command.ts';
import {
  type ConfigOptions,
  group,
  type ProgramContext,
  type ReadOptions,
  readCount,
  readDuration,
  readId,
  readIds,
  readInstant,
  withConfig,
  withOutput,
} from './program-parts.ts';

const KINDS = ['missing', 'extra', 'different', 'opaque'];
const MAX_LISTED = 10_000;

export function addCases(program: Command, context: ProgramContext): void {
  const cases = group(program, 'case', 'rows that are wrong at the target, and what becomes of them');
  addReads(cases, context);
  addOrders(cases, context);
  addIncidents(program, context);
}

function addReads(cases: Command, { setExitCode }: ProgramContext): void {
  withCaseFilter(withOutput(withConfig(cases.command('list').description('open cases, the newest first'))))
    .option('--pipeline <name>', 'of this pipeline only')
    .option('--run <id>', 'of this recovery run', readId)
    .option('--oldest', 'the oldest first')
    .option('--limit <count>', 'how many', readCount(MAX_LISTED), 50)
    .option('--behind <id>', 'go on behind this one, the last of the page before', readId)
    .action(async (options: CaseListOptions) => {
      const { runCaseList } = await import('./case-command.ts');
      setExitCode(await runCaseList(options));
    });
  withOutput(withConfig(cases.command('get').description('one case with its history, also when it is closed')))
    .argument('<id>', 'number of the case', readId)
    .action(async (id: bigint, options: ReadOptions) => {
      const { runCaseGet } = await import('./case-command.ts');
      setExitCode(await runCaseGet(id, options));
    });
  withOutput(
    withConfig(cases.command('diff').description('the row as it is now: at the source, as it should be, as it is')),
  )
    .argument('<id>', 'number of the case', readId)
    .option('--differing-only', 'only columns that are wrong')
    .action(async (id: bigint, options: ReadOptions & { differingOnly?: boolean }) => {
      const { runCaseDiff } = await import('./case-diff-command.ts');
      setExitCode(await runCaseDiff(id, options));
    });
}

function addOrders(cases: Command, { setExitCode }: ProgramContext): void {
  const descriptions = {
    recheck: 'look at the rows now; nothing is written',
    repair: 'look at the rows now, and repair those that are wrong; deletes none',
    ignore: 'leave them as they are, as long as the difference is the same',
    unignore: 'deal with them again',
    abandon: 'close them although they are wrong; takes two persons',
    replay: 'read the records again that could not be read (opaque cases)',
  };
  for (const verb of CASE_ORDERS) {
    const command = withConfig(cases.command(verb).description(descriptions[verb]))
      .argument('<id...>', 'numbers of cases', readIds)
      .requiredOption('--reason <text>', 'why; kept with your name and the time');
    if (verb === 'ignore') {
      command.option('--until <time>', 'how long, such as 7d', readDuration, readDuration('30d'));
    }
    command.action(async (ids: readonly bigint[], options: CaseOrderOptions) => {
      const { runCaseOrders } = await import('./case-command.ts');
      setExitCode(await runCaseOrders(verb, ids, options));
    });
  }
}

function addIncidents(program: Command, { setExitCode }: ProgramContext): void {
  const incident = group(
    program,
    'incident',
    'tables whose automatic repair is stopped, and shards that cases wait for',
  );
  withOutput(withConfig(incident.command('list').description('open ones first')))
    .option('--pipeline <name>', 'of this pipeline only')
    .action(async (options: ReadOptions & { pipeline?: string }) => {
      const { runIncidentList } = await import('./incident-command.ts');
      setExitCode(await runIncidentList(options));
    });
  withConfig(incident.command('close').description('what it stopped goes on'))
    .argument('<id>', 'number of the incident', readId)
    .requiredOption('--reason <text>', 'why; kept with your name and the time')
    .action(async (id: bigint, options: ConfigOptions & { reason: string }) => {
      const { runIncidentClose } = await import('./incident-command.ts');
      setExitCode(await runIncidentClose(id, options));
    });
}

/** For lists and for plans: the same words choose the same cases. */
export function withCaseFilter(command: Command): Command {
  return command
    .option('--table <name>', 'of this table, by its name at the source')
    .option('--shard <name>', 'of this shard')
    .addOption(new Option('--state <state>', 'in this state').choices(CASE_STATES))
    .addOption(new Option('--kind <kind>', 'what is wrong').choices(KINDS))
    .option('--since <time>', 'first seen since: a time, or 2h for two hours ago', readInstant);
}
