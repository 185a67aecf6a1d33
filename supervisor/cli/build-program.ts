/** The commands and their flags. What a command does is loaded when it is run, so that each starts as fast as it can. */
import { Argument, Command, Help, InvalidArgumentError, Option } from 'commander';
import { FAULTS, type Fault, MAX_FAULT_MS } from '../../protocol/message/fault-order.ts';
import { addCases } from './case-program.ts';
import { EXIT } from './exit-codes.ts';
import { addForceSync } from './force-sync-program.ts';
import {
  type ConfigOptions,
  group,
  outputOption,
  type ProgramContext,
  type ReadOptions,
  withConfig,
  withOutput,
} from './program-parts.ts';
import { addRecovery } from './recover-program.ts';
import { addState } from './state-program.ts';
import { addVerify } from './verify-program.ts';

/** As in the settings: it becomes a part of NATS subjects. */
const NODE_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Commander's own, with what must be given marked, and a list of all commands that is narrow enough to be wrapped. */
const HELP: Partial<Help> = {
  optionDescription(option) {
    const text = Help.prototype.optionDescription.call(this, option);
    return option.mandatory ? `${text} (required)` : text;
  },
  subcommandTerm(command) {
    return command.parent?.parent ? Help.prototype.subcommandTerm.call(this, command) : command.name();
  },
};

export function buildProgram(context: ProgramContext): Command {
  const program = new Command('ergate')
    .enablePositionalOptions()
    .description(
      'Replicates row changes from source databases to targets; what cannot be applied is stored and reported.',
    )
    .version(`ergate ${context.version}`, '-V, --version', 'the version of ergate')
    .exitOverride()
    .configureHelp(HELP)
    .helpCommand(false);
  addProcesses(program, context);
  addReads(program, context);
  addCases(program, context);
  addRecovery(program, context);
  addVerify(program, context);
  addForceSync(program, context);
  addState(program, context);
  addDoctor(program, context);
  addConfig(program, context);
  addHelp(program, context);
  tellUsageAfterErrors(program);
  return program;
}

/** One line of it: the whole help would push what is wrong off the screen. */
function tellUsageAfterErrors(command: Command): void {
  command.showHelpAfterError(`Usage: ${command.createHelp().commandUsage(command)}\n--help tells more`);
  command.commands.forEach(tellUsageAfterErrors);
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
  addFaults(program, setExitCode);
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

function addFaults(program: Command, setExitCode: ProgramContext['setExitCode']): void {
  const fault = group(
    program,
    'fault',
    'make statements fail on purpose, to see what happens; never where real data is',
  );
  withOutput(withConfig(fault.command('list').description('what is switched on, at which node'))).action(
    async (options: ReadOptions) => {
      const { runFaultList } = await import('./fault-command.ts');
      setExitCode(await runFaultList(options));
    },
  );
  const name = () => new Argument('<fault>', 'what fails').choices(FAULTS);
  withConfig(fault.command('on').description('statements take 3 s and fail, at every node that runs now'))
    .addArgument(name())
    .addOption(
      new Option('--for <seconds>', `ends by itself after so long, at most ${MAX_FAULT_MS / 1_000}`)
        .argParser(readFaultMs)
        .default(60_000, '60'),
    )
    .action(async (which: Fault, options: ConfigOptions & { for: number }) => {
      const { runFaultOrder } = await import('./fault-command.ts');
      setExitCode(await runFaultOrder(which, { config: options.config, forMs: options.for }));
    });
  withConfig(fault.command('off').description('statements are sent again'))
    .addArgument(name())
    .action(async (which: Fault, { config }: ConfigOptions) => {
      const { runFaultOrder } = await import('./fault-command.ts');
      setExitCode(await runFaultOrder(which, { config, forMs: 0 }));
    });
}

function readFaultMs(text: string): number {
  const ms = /^\d{1,5}$/.test(text) ? Number(text) * 1_000 : 0;
  if (ms < 1_000 || ms > MAX_FAULT_MS) {
    throw new InvalidArgumentError(`Expected a whole number of seconds from 1 to ${MAX_FAULT_MS / 1_000}.`);
  }
  return ms;
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

function readNodeName(text: string): string {
  if (!NODE_NAME.test(text)) {
    throw new InvalidArgumentError('Expected 1 to 40 characters of a-z, 0-9 and -.');
  }
  return text;
}
