import {
  buildLine,
  type DrainLine,
  describeMachine,
  type GoodRun,
  keepGood,
  listFaults,
  medianRatio,
} from '../drain/drain-report.ts';
import type { RunResult } from '../drain/run-drain.ts';
import { isSlow, LADDER, type LadderStep, WITHOUT } from './ladder-steps.ts';

export interface LadderLine {
  readonly step: LadderStep;
  /** Undefined when no run counts. */
  readonly line: DrainLine | undefined;
  /** Medians of the ratios of one round each. */
  readonly toFloor: number | undefined;
  readonly toRaw: number | undefined;
  /** A rung to the one below it; a step with something off to the top. */
  readonly toOther: number | undefined;
}

export interface LadderReport {
  readonly machine: string;
  readonly changes: number;
  readonly slowChanges: number;
  readonly seed: number;
  readonly rungs: readonly LadderLine[];
  readonly without: readonly LadderLine[];
  readonly yardsticks: readonly DrainLine[];
  /** Runs that do not count, and why. */
  readonly faults: readonly string[];
}

export interface LadderTopics {
  readonly changes: number;
  /** Of those that write one row at a time. */
  readonly slowChanges: number;
  readonly seed: number;
}

export function buildLadderReport(results: readonly RunResult[], topics: LadderTopics): LadderReport {
  const runs = Map.groupBy(keepGood(results), ({ contestant }) => contestant);
  const lineOf = (name: string) => optionalLine(runs.get(name));
  const build = (step: LadderStep, other: LadderStep | undefined): LadderLine => ({
    step,
    line: lineOf(step.name),
    toFloor: medianRatio(runs.get(step.name), runs.get('floor')),
    toRaw: medianRatio(runs.get(step.name), runs.get('raw')),
    toOther: other === undefined ? undefined : medianRatio(runs.get(step.name), runs.get(other.name)),
  });
  const { changes, slowChanges, seed } = topics;
  return {
    machine: describeMachine(),
    ...{ changes, slowChanges, seed },
    rungs: LADDER.map((step, index) => build(step, LADDER[index - 1])),
    without: WITHOUT.map((step) => build(step, LADDER.at(-1))),
    yardsticks: ['floor', 'raw'].flatMap((name) => lineOf(name) ?? []),
    faults: listFaults(results),
  };
}

function optionalLine(runs: readonly GoodRun[] | undefined): DrainLine | undefined {
  return runs === undefined ? undefined : buildLine(runs);
}

export function renderLadderReport(report: LadderReport): string {
  const { machine, changes, slowChanges, seed, rungs, without, yardsticks, faults } = report;
  const columns = ['runs', 'changes/s', 'client µs', 'MariaDB µs', 'commits per 1,000', 'peak RSS MB'];
  const head = (first: string, other: string) => [
    `| ${[first, 'quota', 'lanes', 'writes', ...columns, '× floor', '/ raw loader', other].join(' | ')} |`,
    `|${'---|'.repeat(columns.length + 7)}`,
  ];
  const rowOf = ({ step, line, toFloor, toRaw, toOther }: LadderLine) => {
    const when = step.flush === 'whenIdle' ? 'when idle' : 'when filled';
    const ratios = [toFloor, toRaw, toOther].map((ratio) => ratio?.toFixed(2) ?? '-');
    return `| ${[step.title, step.batch, step.lanes, when, ...numbersOf(line, changesOf(step, report)), ...ratios].join(' | ')} |`;
  };
  return [
    `Drain of ${changes.toLocaleString('en')} changes, of ${slowChanges.toLocaleString('en')} where rows are written one by one (50 % insert, 40 % update, 10 % delete, Zipf, seed ${seed}), on ${machine}.`,
    'From the first row operation to the last one, as the database counts them; medians; a run counts only when the final table is right.',
    '',
    ...head('the ladder', '× the rung below'),
    ...rungs.map(rowOf),
    '',
    ...head('from the top', '/ the top'),
    ...without.map(rowOf),
    '',
    `| yardstick | ${columns.join(' | ')} |`,
    `|${'---|'.repeat(columns.length + 1)}`,
    ...yardsticks.map((line) => {
      const drained = line.contestant === 'floor' ? slowChanges : changes;
      return `| ${[line.contestant, ...numbersOf(line, drained)].join(' | ')} |`;
    }),
    ...faults.map((fault) => `\nDoes not count: ${fault}`),
    '',
  ].join('\n');
}

function changesOf(step: LadderStep, { changes, slowChanges }: LadderTopics): number {
  return isSlow(step) ? slowChanges : changes;
}

function numbersOf(line: DrainLine | undefined, changes: number): readonly string[] {
  if (line === undefined) {
    return ['0', '-', '-', '-', '-', '-'];
  }
  const { runs, changesPerSecond, clientCpuMicros, serverCpuMicros, commits, peakRssMegabytes } = line;
  const perThousand = (commits * 1_000) / changes;
  return [runs, Math.round(changesPerSecond), clientCpuMicros, serverCpuMicros, perThousand, peakRssMegabytes].map(
    (value) => (value < 100 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value).toLocaleString('en')),
  );
}
