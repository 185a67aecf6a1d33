/** `npm run drill -- <name> [--seed N] [--runs N] [--<option of the drill> <value>]…` */

export interface DrillArguments {
  readonly name: string;
  readonly seed: number;
  /** Each with the seed after the one before. */
  readonly runs: number;
  /** Of this drill alone; it says itself which it takes. */
  readonly options: Readonly<Record<string, string>>;
}

export class DrillUsageError extends Error {}

const MAX_SEED = 2 ** 31;

/**
 * @param names of the drills that there are
 * @param defaultSeed when none is given
 * @throws DrillUsageError
 */
export function readDrillArguments(
  args: readonly string[],
  names: readonly string[],
  defaultSeed: number,
): DrillArguments {
  const [name, ...rest] = args;
  if (name === undefined || !names.includes(name)) {
    throw new DrillUsageError(`expected the name of a drill, got ${name ?? 'none'}`);
  }
  const { seed, runs, ...options } = readPairs(rest);
  return {
    name,
    seed: seed === undefined ? defaultSeed : readWhole('seed', seed, MAX_SEED),
    runs: runs === undefined ? 1 : readWhole('runs', runs, 1_000),
    options,
  };
}

function readPairs(args: readonly string[]): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (let index = 0; index < args.length; index += 2) {
    const option = /^--([a-z][a-z-]*)$/.exec(args[index] ?? '')?.[1];
    const value = args[index + 1];
    if (option === undefined || value === undefined) {
      throw new DrillUsageError(`expected --<option> <value>, got ${args.slice(index, index + 2).join(' ')}`);
    }
    pairs[option] = value;
  }
  return pairs;
}

function readWhole(option: string, text: string, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) {
    throw new DrillUsageError(`--${option}: expected a whole number of at most ${max}, got ${text}`);
  }
  return value;
}
