import { parseArgs } from 'node:util';
import { DEFAULT_FOLDERS, DEMO_PIPELINES, type DemoPipelines } from './demo-pipelines.ts';

export const DEMO_USAGE = `usage: npm run demo -- [options]
  --for <duration>   30s, 5m, 1h; without it until Ctrl-C
  --rate <n>         row changes per second at the source (500)
  --seed <n>         what is written depends on it alone (1)
  --corrupt <n>      damages n rows at the targets while it runs; the demo shows each found, repaired and closed (0)
  --pipelines <set>  order: the two of deploy/settings/order.yaml (default); six: those of six-pipelines.yaml
  --folder <path>    data and logs (.ergate/demo, or .ergate/demo-six); a second run goes on with the data of the first`;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

export class DemoUsageError extends Error {}

export interface DemoArguments {
  readonly forMs: number | undefined;
  readonly rate: number;
  readonly seed: number;
  /** Rows to damage. */
  readonly corrupt: number;
  readonly pipelines: DemoPipelines;
  readonly folder: string;
}

/** @throws DemoUsageError naming the argument */
export function readDemoArguments(args: readonly string[]): DemoArguments {
  const { values } = parseKnown(args);
  const pipelines = readPipelines(values.pipelines);
  return {
    forMs: values.for === undefined ? undefined : readDuration(values.for),
    rate: readNumber('rate', values.rate, 100_000),
    seed: readNumber('seed', values.seed, Number.MAX_SAFE_INTEGER),
    corrupt: values.corrupt === '0' ? 0 : readNumber('corrupt', values.corrupt, 10_000),
    pipelines,
    folder: values.folder ?? DEFAULT_FOLDERS[pipelines],
  };
}

function parseKnown(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        for: { type: 'string' },
        rate: { type: 'string', default: '500' },
        seed: { type: 'string', default: '1' },
        corrupt: { type: 'string', default: '0' },
        pipelines: { type: 'string', default: 'order' },
        folder: { type: 'string' },
      },
    });
  } catch (error) {
    throw new DemoUsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readPipelines(text: string): DemoPipelines {
  const pipelines = DEMO_PIPELINES.find((known) => known === text);
  if (pipelines === undefined) {
    throw new DemoUsageError(`--pipelines: expected one of ${DEMO_PIPELINES.join(', ')}, got "${text}"`);
  }
  return pipelines;
}

function readNumber(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) {
    throw new DemoUsageError(`--${name}: expected a whole number from 1 to ${most}, got "${text}"`);
  }
  return number;
}

function readDuration(text: string): number {
  const match = /^(\d{1,6})(s|m|h)$/.exec(text);
  if (match === null) {
    throw new DemoUsageError(`--for: expected a duration such as 60s or 5m, got "${text}"`);
  }
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]; // the pattern allows no other unit
}
