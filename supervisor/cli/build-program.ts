/** The commands and their flags. What a command does is loaded when it is run, so that each starts as fast as it can. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { EXIT } from './exit-codes.ts';
import { OUTPUT_FORMATS, type OutputFormat } from './show.ts';

interface ConfigOptions {
  readonly config: readonly string[];
}

interface ReadOptions extends ConfigOptions {
  readonly output: OutputFormat;
}

export interface ProgramContext {
  readonly version: string;
  /** How the process ends; the last call counts. */
  readonly setExitCode: (code: number) => void;
}

/** As in the settings: it becomes a part of NATS subjects. */
const NODE_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

export function buildProgram(context: ProgramContext): Command {
  const program = new Command('ergate')
    .enablePositionalOptions()
    .description(
      'Replicates row changes from source databases to targets; what cannot be applied is stored and reported.',
    )
    .exitOverride()
    .showHelpAfterError()
    .helpCommand(false);
  addProcesses(program, context);
  addReads(program, context);
  addDoctor(program, context);
  addConfig(program, context);
  addHelp(program, context);
  return program;
}

function addProcesses(program: Command, { version, setExitCode }: ProgramContext): void {
  withConfig(program.command('supervisor').description('run the supervisor: places actors, answers the status')).action(
    async ({ config }: ConfigOptions) => {
      const { startSupervisor } = await import('./process-commands.ts');
      setExitCode(await startSupervisor({ config, version }));
    },
  );
  withConfig(
    program
      .command('node')
      .description('run a node, which hosts the actors that the supervisor places on it; or look at nodes')
      .option('--node <name>', 'name of the node, unique in its environment; chosen when left out', readNodeName),
  ).action(async ({ config, node }: ConfigOptions & { node?: string }) => {
    const { startNode } = await import('./process-commands.ts');
    setExitCode(await startNode({ config, version }, node));
  });
  withConfig(
    program.command('dev').description('run a supervisor and one node in this process, for trying things out'),
  ).action(async ({ config }: ConfigOptions) => {
    const { startDev } = await import('./process-commands.ts');
    setExitCode(await startDev({ config, version }));
  });
}

function addReads(program: Command, { setExitCode }: ProgramContext): void {
  withOutput(withConfig(program.command('status').description('how everything is')))
    .option('-w, --watch', 'show it again every second, until Ctrl-C')
    .action(async ({ watch, ...options }: ReadOptions & { watch?: boolean }) => {
      const { runStatus, watchStatus } = await import('./status-command.ts');
      setExitCode(await (watch ? watchStatus(options) : runStatus(options)));
    });
  const job = group(program, 'job', 'look at jobs');
  withOutput(withConfig(job.command('list').description('all jobs'))).action(async (options: ReadOptions) => {
    const { runJobList } = await import('./status-command.ts');
    setExitCode(await runJobList(options));
  });
  withOutput(withConfig(job.command('get').description('one job with all that its actor says')))
    .argument('<job>', 'name of the job, such as sink.orders.0')
    .action(async (name: string, options: ReadOptions) => {
      const { runJobGet } = await import('./status-command.ts');
      setExitCode(await runJobGet(name, options));
    });
  addColumns(program, setExitCode);
  addBreakers(program, setExitCode);
  const node = program.commands.find((command) => command.name() === 'node');
  if (node !== undefined) {
    node.enablePositionalOptions(); // "node list --config …" is the list's, although a node has such an option too
    withOutput(withConfig(node.command('list').description('all nodes'))).action(async (options: ReadOptions) => {
      const { runNodeList } = await import('./status-command.ts');
      setExitCode(await runNodeList(options));
    });
  }
}

function addColumns(program: Command, setExitCode: ProgramContext['setExitCode']): void {
  const columns = group(program, 'columns', 'source columns whose values were not written, as the target lacks them');
  withOutput(withConfig(columns.command('list').description('all of them, with the offsets where they were seen')))
    .option('--pipeline <name>', 'of this pipeline only')
    .action(async ({ pipeline, ...options }: ReadOptions & { pipeline?: string }) => {
      const { runColumnsList } = await import('./columns-command.ts');
      setExitCode(await runColumnsList(options, pipeline));
    });
  withConfig(columns.command('clear').description('forget a column whose values have been filled in'))
    .requiredOption('--pipeline <name>', 'name of the pipeline')
    .requiredOption('--table <name>', 'name of the table at the source')
    .requiredOption('--column <name>', 'name of the column')
    .action(async (options: ConfigOptions & { pipeline: string; table: string; column: string }) => {
      const { runColumnsClear } = await import('./columns-command.ts');
      setExitCode(await runColumnsClear(options));
    });
}

function addDoctor(program: Command, { setExitCode }: ProgramContext): void {
  withOutput(
    withConfig(
      program
        .command('doctor')
        .description(
          'look at sources and targets before anything is written: each table with its write plan, what is unsafe, and the statements that mend it; changes nothing',
        ),
    ),
  )
    .option('--pipeline <name>', 'only this one')
    .option('--json', 'the same as -o json')
    .action(async ({ json, ...options }: ReadOptions & { pipeline?: string; json?: boolean }) => {
      const { runDoctor } = await import('./doctor-command.ts');
      setExitCode(await runDoctor(json === true ? { ...options, output: 'json' } : options));
    });
}

function addBreakers(program: Command, setExitCode: ProgramContext['setExitCode']): void {
  const breaker = group(program, 'breaker', 'circuit breakers of the shards of targets');
  withOutput(
    withConfig(breaker.command('list').description('those that are not simply closed, as each node sees them')),
  ).action(async (options: ReadOptions) => {
    const { runBreakerList } = await import('./breaker-command.ts');
    setExitCode(await runBreakerList(options));
  });
  const descriptions = {
    open: 'hold a breaker open: nothing is sent to the shard until it is closed by hand',
    close: 'close a breaker that is open or held open; it opens again when the shard does not answer',
  };
  for (const action of ['open', 'close'] as const) {
    withConfig(breaker.command(action).description(descriptions[action]))
      .argument('<pipeline>', 'name of the pipeline')
      .argument('<shard>', 'name of the shard')
      .requiredOption('--reason <text>', 'why; kept with your name and the time')
      .action(async (pipeline: string, shard: string, options: ConfigOptions & { reason: string }) => {
        const { runBreakerOrder } = await import('./breaker-command.ts');
        setExitCode(await runBreakerOrder(action, { pipeline, shard }, options));
      });
  }
}

function addConfig(program: Command, { setExitCode }: ProgramContext): void {
  const config = group(program, 'config', 'check settings');
  withConfig(
    config.command('validate').description('check settings without starting anything; all problems at once'),
  ).action(async (options: ConfigOptions) => {
    const { runConfigValidate } = await import('./config-command.ts');
    setExitCode(await runConfigValidate(options.config));
  });
  withConfig(config.command('show').description('the settings with defaults and substitutions; secrets are not shown'))
    .addOption(outputOption(['yaml', 'json'], 'yaml'))
    .action(async (options: ReadOptions) => {
      const { runConfigShow } = await import('./config-command.ts');
      setExitCode(await runConfigShow(options.config, options.output));
    });
}

function addHelp(program: Command, { version, setExitCode }: ProgramContext): void {
  program
    .command('explain')
    .description('what an error code means, and what to do; without a code, all of them')
    .addArgument(new Argument('[code]', 'such as ERG_3002'))
    .action(async (code: string | undefined) => {
      const { runExplain } = await import('./explain-command.ts');
      setExitCode(runExplain(code));
    });
  program
    .command('version')
    .description('the version of ergate')
    .action(() => {
      process.stdout.write(`ergate ${version}\n`);
      setExitCode(EXIT.ok);
    });
}

function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false);
}

function withConfig(command: Command): Command {
  const option = new Option(
    '-c, --config <file>',
    'settings file; may be given more than once, later ones go over earlier ones',
  );
  return command.addOption(
    option
      .argParser((file: string, before: readonly string[]) => [...before, file])
      .default([], '$ERGATE_CONFIG or ergate.yaml'),
  );
}

function withOutput(command: Command): Command {
  return command.addOption(outputOption(OUTPUT_FORMATS, 'table'));
}

function outputOption(formats: readonly OutputFormat[], byDefault: OutputFormat): Option {
  return new Option('-o, --output <format>', 'how to write it').choices(formats).default(byDefault);
}

function readNodeName(text: string): string {
  if (!NODE_NAME.test(text)) {
    throw new InvalidArgumentError('Expected 1 to 40 characters of a-z, 0-9 and -.');
  }
  return text;
}
