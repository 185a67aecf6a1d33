/** `npm run stack -- up|status|down|reset`. Exit codes: 0 done, 1 failed or not all servers answer, 64 wrong usage. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asksForHelp } from '../scripts/asks-for-help.ts';
import { installMissing } from './install.ts';
import { startLocalStack } from './local-stack.ts';
import { renderStack, STACK_OUTPUTS, type StackOutput } from './render-stack.ts';
import { DEFAULT_STACK_FOLDER } from './stack-servers.ts';
import { endStack, readStackStatus, resetStack } from './stack-status.ts';

const USAGE = `usage: npm run stack -- <command> [options]
  up       installs what is missing, starts the servers and leaves them running
  status   asks every server
  down     stops them
  reset    stops them and deletes what they stored
options
  --folder <path>            data and logs (.ergate/stack)
  -o, --output <form>        table, json, or env for eval "$(npm run -s stack -- status -o env)"`;

class UsageError extends Error {}

interface StackArguments {
  readonly command: string;
  readonly folder: string;
  readonly output: StackOutput;
}

const COMMANDS: Readonly<Record<string, (given: StackArguments) => Promise<number>>> = { up, status, down, reset };

function say(message: string): void {
  console.error(message);
}

async function up(given: StackArguments): Promise<number> {
  await installMissing({ onProgress: say });
  const stack = await startLocalStack({ folder: given.folder, mayBeKept: true, onProgress: say });
  stack.keep();
  return status(given);
}

async function status({ folder, output }: StackArguments): Promise<number> {
  const servers = await readStackStatus(folder);
  if (output === 'env' && servers.some(({ address }) => address === '')) {
    // An empty variable would send whoever takes it to the default ports, and so perhaps to a server of somebody else.
    say(`no stack was started in ${folder}`);
    return 1;
  }
  console.log(renderStack(output, folder, servers));
  return servers.every(({ state }) => state === 'answering') ? 0 : 1;
}

async function down({ folder }: StackArguments): Promise<number> {
  const ended = await endStack(folder);
  say(ended.length === 0 ? 'nothing was running' : `stopped: ${ended.join(', ')}`);
  return 0;
}

async function reset({ folder }: StackArguments): Promise<number> {
  await resetStack(folder);
  say(`stopped, and what was stored in ${folder} is deleted`);
  return 0;
}

function readArguments(args: readonly string[]): StackArguments {
  const { positionals, values } = parseKnown(args);
  const [command, ...others] = positionals;
  if (command === undefined || !Object.hasOwn(COMMANDS, command) || others.length > 0) {
    throw new UsageError(`expected one of ${Object.keys(COMMANDS).join(', ')}, got "${positionals.join(' ')}"`);
  }
  const output = STACK_OUTPUTS.find((known) => known === values.output);
  if (output === undefined) {
    throw new UsageError(`--output: expected one of ${STACK_OUTPUTS.join(', ')}, got "${values.output}"`);
  }
  return { command, folder: resolve(values.folder), output };
}

function parseKnown(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        folder: { type: 'string', default: DEFAULT_STACK_FOLDER },
        output: { type: 'string', short: 'o', default: 'table' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function runStack(args: readonly string[]): Promise<number> {
  if (asksForHelp(args)) {
    console.log(USAGE);
    return 0;
  }
  try {
    const given = readArguments(args);
    return (await COMMANDS[given.command]?.(given)) ?? 1;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say(error instanceof UsageError ? `${message}\n${USAGE}` : message);
    return error instanceof UsageError ? 64 : 1;
  }
}

process.exitCode = await runStack(process.argv.slice(2));
