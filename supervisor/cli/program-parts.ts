/** What the commands of the program have in common. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { OUTPUT_FORMATS, type OutputFormat } from './show.ts';

export interface ConfigOptions {
  readonly config: readonly string[];
}

export interface ReadOptions extends ConfigOptions {
  readonly output: OutputFormat;
}

export interface ProgramContext {
  readonly version: string;
  /** How the process ends; the last call counts. */
  readonly setExitCode: (code: number) => void;
}

export function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false);
}

export function withConfig(command: Command): Command {
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

export function withOutput(command: Command): Command {
  return command.addOption(outputOption(OUTPUT_FORMATS, 'table'));
}

export function outputOption(formats: readonly OutputFormat[], byDefault: OutputFormat): Option {
  return new Option('-o, --output <format>', 'how to write it').choices(formats).default(byDefault);
}

/** Of a case, a run or an incident. */
export function readId(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) {
    throw new InvalidArgumentError('Expected a number, as the list shows it.');
  }
  return BigInt(text);
}

export function readIds(text: string, before: readonly bigint[] = []): readonly bigint[] {
  return [...before, readId(text)];
}

export function readCount(most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > most) {
      throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
    }
    return count;
  };
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How long, ms. */
export function readDuration(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) {
    throw new InvalidArgumentError('Expected a number with its unit, such as 30m, 12h or 7d.');
  }
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]; // by the pattern
}

/** A time, or how long ago; wall ms. */
export function readInstant(text: string): number {
  if (/^\d{1,6}[smhd]$/.test(text)) {
    return Date.now() - readDuration(text);
  }
  const isTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const ms = isTime
    ? Date.parse(/[T ].*(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}${text.length > 10 ? 'Z' : ''}`)
    : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError(
      'Expected a time such as 2026-01-31T14:00:00Z (UTC when it names no zone), or 2h for two hours ago.',
    );
  }
  return ms;
}
