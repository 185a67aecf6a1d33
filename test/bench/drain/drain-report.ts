import { cpus, loadavg, release, totalmem, type } from 'node:os';
import type { RunResult } from './run-drain.ts';
import type { RunMeasure } from './server-meter.ts';

/** A run that ended with the right table. */
export type GoodRun = RunResult & { readonly measure: RunMeasure };

export interface DrainLine {
  readonly contestant: string;
  readonly partitions: number;
  readonly runs: number;
  /** Medians over the runs. */
  readonly changesPerSecond: number;
  readonly secondHalfPerSecond: number;
  readonly clientCpuMicros: number;
  readonly serverCpuMicros: number;
  readonly peakRssMegabytes: number;
  readonly rowOperations: number;
  readonly commits: number;
}

export interface DrainRatio {
  readonly name: string;
  /** Median of the ratios of one round each, or a value as it is; undefined when one side did not run. */
  readonly value: number | undefined;
  readonly goal: string;
  readonly reached: boolean | undefined;
}

export interface DrainReport {
  readonly machine: string;
  readonly changes: number;
  readonly seed: number;
  readonly lines: readonly DrainLine[];
  readonly ratios: readonly DrainRatio[];
  /** Runs that do not count, and why. */
  readonly faults: readonly string[];
}

export function buildReport(results: readonly RunResult[], about: { changes: number; seed: number }): DrainReport {
  const groups = Map.groupBy(keepGood(results), ({ contestant, partitions }) => `${contestant} ${partitions}`);
  const lines = [...groups.values()].map(buildLine);
  const one = lines.find(({ contestant, partitions }) => contestant === 'ergate' && partitions === 1);
  const paired = (left: string, right: string) => medianRatio(groups.get(left), groups.get(right));
  return {
    ...about,
    machine: describeMachine(),
    faults: listFaults(results),
    lines,
    ratios: [
      atLeast('ergate / one prepared statement per row', paired('ergate 1', 'floor 1'), 5),
      atLeast('ergate / raw loader', paired('ergate 1', 'raw 1'), 0.5),
      atLeast('ergate / raw loader, two partitions', paired('ergate 2', 'raw 2'), 0.5),
      atLeast('two nodes / one node', paired('ergate 2', 'ergate 1'), 1.7),
      atMost('client CPU per change, µs', one?.clientCpuMicros, { pass: 24, stretch: 15 }),
      atMost('peak RSS of a node, MB', one?.peakRssMegabytes, { pass: 250, stretch: 150 }),
    ],
  };
}

export function keepGood(results: readonly RunResult[]): readonly GoodRun[] {
  return results.filter((run): run is GoodRun => run.measure !== undefined && run.fault === undefined);
}

export function listFaults(results: readonly RunResult[]): readonly string[] {
  return results.flatMap(({ contestant, round, fault }) =>
    fault === undefined ? [] : [`${contestant}, round ${round}: ${fault}`],
  );
}

export function buildLine(runs: readonly GoodRun[]): DrainLine {
  const [{ contestant, partitions }] = runs as readonly [GoodRun]; // a group is never empty
  const middle = (value: (run: GoodRun) => number) => median(runs.map(value));
  return {
    contestant,
    partitions,
    runs: runs.length,
    changesPerSecond: middle(rateOf),
    secondHalfPerSecond: middle(({ changes, measure }) => ((changes / 2) * 1_000) / measure.secondHalfMs),
    clientCpuMicros: middle(clientCpuOf),
    serverCpuMicros: middle(({ changes, measure }) => (measure.serverCpuMs * 1_000) / changes),
    peakRssMegabytes: middle(({ measure }) => measure.peakRssBytes / 1_048_576),
    rowOperations: middle(({ measure }) => measure.rowOperations),
    commits: middle(({ measure }) => measure.commits),
  };
}

export function renderReport({ machine, changes, seed, ...tables }: DrainReport): string {
  return [
    `Drain of ${changes.toLocaleString('en')} changes (50 % insert, 40 % update, 10 % delete, Zipf, seed ${seed}), one per record, on ${machine}.`,
    'From the first row operation to the last one, as the database counts them; medians; a run counts only when the final table is right.',
    'CPU in µs per change; the floor drains a shorter topic. An upsert of a row that exists counts as two row operations.',
    '',
    ...renderTables(tables),
  ].join('\n');
}

export function renderTables({ lines, ratios, faults }: Pick<DrainReport, 'lines' | 'ratios' | 'faults'>): string[] {
  const head =
    '| contestant | partitions | runs | changes/s | second half | client µs | MariaDB µs | peak RSS MB | row operations | commits |';
  const rows = lines.map((line) => {
    const numbers = [
      line.changesPerSecond,
      line.secondHalfPerSecond,
      line.clientCpuMicros,
      line.serverCpuMicros,
      line.peakRssMegabytes,
      line.rowOperations,
      line.commits,
    ].map((value) => (value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en')));
    return `| ${[line.contestant, line.partitions, line.runs, ...numbers].join(' | ')} |`;
  });
  const goals = ratios.map(({ name, value, goal, reached }) => {
    const verdict = reached === undefined ? 'not measured' : reached ? 'reached' : 'MISSED';
    return `| ${name} | ${value?.toFixed(2) ?? '-'} | ${goal} | ${verdict} |`;
  });
  return [
    head,
    `|${'---|'.repeat(10)}`,
    ...rows,
    '',
    '| ratio (median of rounds) | measured | goal | |',
    '|---|---|---|---|',
    ...goals,
    ...faults.map((fault) => `\nDoes not count: ${fault}`),
    '',
  ];
}

const rateOf = ({ changes, measure }: GoodRun) => (changes * 1_000) / measure.elapsedMs;

export const clientCpuOf = ({ changes, measure }: GoodRun) => (measure.clientCpuMs * 1_000) / changes;

/** Median of the ratios of one round each, of rates unless told otherwise; undefined when one side did not run. */
export function medianRatio(
  left: readonly GoodRun[] = [],
  right: readonly GoodRun[] = [],
  measureOf: (run: GoodRun) => number = rateOf,
): number | undefined {
  const ratios = left.flatMap((run) => {
    const pair = right.find(({ round }) => round === run.round);
    return pair === undefined ? [] : [measureOf(run) / measureOf(pair)];
  });
  return ratios.length === 0 ? undefined : median(ratios);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function atLeast(name: string, value: number | undefined, pass: number, stretch?: number): DrainRatio {
  const goal = stretch === undefined ? `≥ ${pass}` : `≥ ${pass} (stretch ${stretch})`;
  return { name, value, goal, reached: value === undefined ? undefined : value >= pass };
}

function atMost(name: string, value: number | undefined, goal: { pass: number; stretch: number }): DrainRatio {
  const reached = value === undefined ? undefined : value <= goal.pass;
  return { name, value, goal: `≤ ${goal.pass} (stretch ${goal.stretch})`, reached };
}

export function describeMachine(): string {
  const processors = cpus();
  const load = loadavg()[0]?.toFixed(1);
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown processor'}, ${memory} GiB, ${type()} ${release()}, Node ${process.version}, load average ${load}`;
}
