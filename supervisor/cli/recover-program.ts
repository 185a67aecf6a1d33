import { type Command, InvalidArgumentError } from 'commander';
import { withCaseFilter } from './case-program.ts';
import {
  type ConfigOptions,
  group,
  type ProgramContext,
  type ReadOptions,
  readCount,
  readId,
  readIds,
  readInstant,
  withConfig,
  withOutput,
} from './program-parts.ts';
import type { RunOptions } from './recover-command.ts';
import type { PlanOptions } from './recover-plan-command.ts';

const MAX_LISTED = 1_000;

export function addRecovery(program: Command, { setExitCode }: ProgramContext): void {
  const recover = group(program, 'recover', 'repair many rows: plan, look at what would be done, run');
  withCaseFilter(
    withOutput(
      withConfig(
        recover
          .command('plan')
          .description('look at rows on both sides, and count what a repair would do; writes no row'),
      ),
    ),
  )
    .option('--pipeline <name>', 'of this pipeline; may be left out with --case')
    .option('--case <id>', 'this case; may be given more than once', readIds)
    .option('--all', 'all open cases of the pipeline')
    .option(
      '--key <key>',
      'row with this key at the source, such as order_no=17 or shop=1,order_no=17; may be given more than once',
      readKey,
    )
    .option(
      '--key-range <from..to>',
      'rows with these keys at the source, both ends included; an end may be left out',
      readKeyRange,
    )
    .option('--commit-time <from..to>', 'rows that were changed between, with or without a case', readTimeRange)
    .option(
      '--offset <partition:from..to>',
      'rows that the records at these offsets name, with or without a case',
      readOffsets,
    )
    .option('--cases-only', 'of these, only rows that have a case: the stream is not read')
    .action(async (options: PlanOptions) => {
      const { runRecoverPlan } = await import('./recover-plan-command.ts');
      setExitCode(await runRecoverPlan(options));
    });
  withConfig(recover.command('run').description('order the repairs of a plan, within 15 minutes of it'))
    .requiredOption('--plan <id>', 'number of the plan', readId)
    .requiredOption('--reason <text>', 'why; kept with your name and the time')
    .option(
      '--approve-deletes',
      'also delete rows that the source does not have; another person than the planner has to do it',
    )
    .action(async (options: RunOptions) => {
      const { runRecoverRun } = await import('./recover-command.ts');
      setExitCode(await runRecoverRun(options));
    });
  withOutput(withConfig(recover.command('watch').description('how far a run is, until it has ended')))
    .argument('<id>', 'number of the run', readId)
    .option('--once', 'only how it is now')
    .action(async (id: bigint, options: ReadOptions & { once?: boolean }) => {
      const { runRecoverWatch } = await import('./watch-run-command.ts');
      setExitCode(await runRecoverWatch(id, options));
    });
  const descriptions = {
    pause: 'begin no more repairs of a run',
    resume: 'go on with a run that is paused, or whose orders were not all given',
    stop: 'end a run; what has not been begun is not done',
  };
  for (const verb of ['pause', 'resume', 'stop'] as const) {
    withConfig(recover.command(verb).description(descriptions[verb]))
      .argument('<id>', 'number of the run', readId)
      .requiredOption('--reason <text>', 'why; kept with your name and the time')
      .action(async (id: bigint, options: ConfigOptions & { reason: string }) => {
        const { runRecoverMove } = await import('./recover-command.ts');
        setExitCode(await runRecoverMove(verb, id, options));
      });
  }
  withOutput(withConfig(recover.command('list').description('plans and runs, the newest first')))
    .option('--pipeline <name>', 'of this pipeline only')
    .option('--limit <count>', 'how many', readCount(MAX_LISTED), 50)
    .action(async (options: ReadOptions & { pipeline?: string; limit: number }) => {
      const { runRecoverList } = await import('./recover-command.ts');
      setExitCode(await runRecoverList(options));
    });
}

type KeyParts = readonly (readonly [string | undefined, string])[];

function readKey(text: string, before: readonly KeyParts[] = []): readonly KeyParts[] {
  return [...before, readCells(text).map((part) => readPart(part))];
}

function readPart(part: string): readonly [string | undefined, string] {
  const at = part.indexOf('=');
  return at < 0 ? [undefined, part] : [part.slice(0, at), part.slice(at + 1)];
}

/** A value with a comma or two dots in it: as a JSON list of texts. */
function readCells(text: string): readonly string[] {
  if (!text.startsWith('[')) {
    return text.split(',');
  }
  const list = parseJson(text);
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'string')) {
    throw new InvalidArgumentError('Expected a list of texts, such as ["a,b","17"].');
  }
  return list;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Both ends are included; one may be left out. */
export function readKeyRange(text: string) {
  const [from, to] = readEnds(text);
  return { from: from === '' ? undefined : readCells(from), to: to === '' ? undefined : readCells(to) };
}

function readTimeRange(text: string) {
  const [from, to] = readEnds(text);
  return { fromMs: from === '' ? undefined : readInstant(from), toMs: to === '' ? undefined : readInstant(to) };
}

function readOffsets(text: string) {
  const [, partition, from, to] = /^(\d{1,5}):(\d{1,18})\.\.(\d{1,18})$/.exec(text) ?? [];
  if (partition === undefined || from === undefined || to === undefined) {
    throw new InvalidArgumentError('Expected a partition and its offsets, such as 3:1000..2000.');
  }
  return { partition: Number(partition), from: BigInt(from), to: BigInt(to) };
}

function readEnds(text: string): readonly [string, string] {
  const [from, to, more] = text.startsWith('[') || text.includes('..[') ? splitLists(text) : text.split('..');
  if (from === undefined || to === undefined || more !== undefined || (from === '' && to === '')) {
    throw new InvalidArgumentError('Expected two ends, such as 100..200, or 100.. or ..200.');
  }
  return [from, to];
}

/** Between two lists there are two dots behind a bracket or before one. */
function splitLists(text: string): readonly string[] {
  const at = text.search(/(?<=\])\.\.|\.\.(?=\[)/);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 2)];
}
