/**
 * npm run bench -- drain [--changes 200000] [--rounds 5] [--partitions 1] [--only floor,raw,ergate] [--profile]
 * npm run bench -- ladder [--changes 200000] [--rounds 5]
 * npm run bench -- verify [--changes 200000] [--rounds 5] [--profile]
 *
 * Exit code 0 when every run ended with the right table and every verification with the right counts, 1 when not, 64 for a wrong argument. Goals that are missed are
 * reported, they do not fail: the machine may be busy.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { installMissing } from '../../deploy/local/install.ts';
import { type BenchServers, startBenchServers } from './drain/bench-servers.ts';
import type { Contestant } from './drain/contestant.ts';
import { summariseProfile } from './drain/cpu-profile.ts';
import { buildReport, renderReport } from './drain/drain-report.ts';
import { ergate } from './drain/ergate-contestant.ts';
import { floorWriter, rawLoader } from './drain/plain-writer.ts';
import { type Course, type RunResult, runDrain } from './drain/run-drain.ts';
import { writeTopic } from './drain/write-topic.ts';
import { buildLadderReport, renderLadderReport } from './ladder/ladder-report.ts';
import { buildContestant, isSlow, LADDER, WITHOUT } from './ladder/ladder-steps.ts';
import { verifier } from './verify/verifier-contestant.ts';
import { buildVerifyReport, renderVerifyReport } from './verify/verify-report.ts';

const USAGE = `usage: npm run bench -- drain|ladder|verify [options]
  drain: ergate beside a floor and a raw loader; ladder: from single rows to what ergate does, step by step;
  verify: the verifier alone, on what ergate has drained, beside that drain
  --changes <n>      change records to drain (200000)
  --floor-changes <n>  change records for what writes one row at a time (20000)
  --rounds <n>       interleaved rounds (5)
  --partitions <n>   1, or 2: two ergate nodes and two loaders as well (1); drain alone
  --only <names>     of floor,raw,ergate, or of floor,raw and the steps of the ladder
  --seed <n>         (1)
  --profile          one round with CPU profiles: where the time goes
  --folder <path>    servers, logs, profiles and report (.ergate/bench)`;

interface Benchmark {
  readonly contestants: readonly Contestant[];
  /** They drain a shorter topic. */
  readonly slow: readonly Contestant[];
  readonly buildReport: (results: readonly RunResult[], args: Arguments) => BenchReport;
}

interface BenchReport {
  readonly faults: readonly string[];
  readonly text: string;
}

const STEPS = [...LADDER, ...WITHOUT];

const BENCHMARKS = {
  drain: {
    contestants: [rawLoader, ergate],
    slow: [floorWriter],
    buildReport: (results, args) => {
      const report = buildReport(results, args);
      return { ...report, text: renderReport(report) };
    },
  },
  ladder: {
    contestants: [rawLoader, ...STEPS.filter((step) => !isSlow(step)).map(buildContestant)],
    slow: [floorWriter, ...STEPS.filter(isSlow).map(buildContestant)],
    buildReport: (results, args) => {
      const report = buildLadderReport(results, { ...args, slowChanges: slowChangesOf(args) });
      return { ...report, text: renderLadderReport(report) };
    },
  },
  verify: {
    contestants: [ergate, verifier],
    slow: [],
    buildReport: (results, args) => {
      const report = buildVerifyReport(results, args);
      return { ...report, text: renderVerifyReport(report) };
    },
  },
} satisfies Readonly<Record<string, Benchmark>>;

function isBenchmark(name: string): name is keyof typeof BENCHMARKS {
  return Object.hasOwn(BENCHMARKS, name);
}

class UsageError extends Error {}

interface Arguments {
  readonly benchmark: 'drain' | 'ladder' | 'verify';
  readonly changes: number;
  readonly floorChanges: number;
  readonly rounds: number;
  readonly partitions: number;
  readonly seed: number;
  readonly only: readonly string[];
  readonly profile: boolean;
  readonly folder: string;
}

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      changes: { type: 'string', default: '200000' },
      'floor-changes': { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '5' },
      partitions: { type: 'string', default: '1' },
      only: { type: 'string' },
      seed: { type: 'string', default: '1' },
      profile: { type: 'boolean', default: false },
      folder: { type: 'string', default: '.ergate/bench' },
    },
  });
  const benchmark = positionals.join(' ');
  if (!isBenchmark(benchmark)) {
    throw new UsageError(`expected the benchmark "drain", "ladder" or "verify", got "${benchmark}"`);
  }
  const names = [...BENCHMARKS[benchmark].slow, ...BENCHMARKS[benchmark].contestants].map(({ name }) => name);
  const only = values.only?.split(',') ?? names;
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--only: no contestant "${unknown}"`);
  }
  return {
    benchmark,
    changes: readNumber('changes', values.changes, 100_000_000),
    floorChanges: readNumber('floor-changes', values['floor-changes'], 100_000_000),
    rounds: values.profile ? 1 : readNumber('rounds', values.rounds, 100),
    partitions: readNumber('partitions', values.partitions, 2),
    seed: readNumber('seed', values.seed, Number.MAX_SAFE_INTEGER),
    only,
    profile: values.profile,
    folder: resolve(values.folder),
  };
}

function readNumber(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) {
    throw new UsageError(`--${name}: expected a whole number from 1 to ${most}, got "${text}"`);
  }
  return number;
}

/** @returns whether every run counts */
async function runBench(args: Arguments): Promise<boolean> {
  const say = (message: string) => console.log(message);
  const run = new Date().toISOString().replaceAll(':', '-').slice(0, 19);
  const folder = join(args.folder, run);
  mkdirSync(folder, { recursive: true });
  await installMissing({ onProgress: say });
  say('starting Kafka, MariaDB and NATS');
  await using servers = await startBenchServers(join(folder, 'servers'));
  const courses = await prepareCourses(args, servers, say);
  const results = await runDrain({ ...args, servers, courses, folder, say });
  const { text, ...report } = BENCHMARKS[args.benchmark].buildReport(results, args);
  writeFileSync(join(folder, `${args.benchmark}.json`), JSON.stringify({ report, results }, undefined, 2));
  writeFileSync(join(folder, `${args.benchmark}.md`), text);
  say(`\n${text}`);
  if (args.profile) {
    showProfiles(results, { folder, say });
  }
  say(`written to ${folder}`);
  return report.faults.length === 0;
}

function slowChangesOf({ floorChanges, changes }: Arguments): number {
  return Math.min(floorChanges, changes);
}

/** Fills one topic per number of partitions, and a short one for the slow. */
async function prepareCourses(
  args: Arguments,
  servers: BenchServers,
  say: (message: string) => void,
): Promise<Course[]> {
  const courses: Course[] = [];
  const add = async (contestants: readonly Contestant[], partitions: number, changes: number) => {
    const chosen = contestants.filter(({ name }) => args.only.includes(name));
    if (chosen.length === 0) {
      return;
    }
    const topic = `bench.drain.${partitions}.${changes}`;
    say(`writing ${changes} changes to topic ${topic}`);
    const expected = await writeTopic({ brokers: servers.kafka.brokers, topic, partitions, changes, seed: args.seed });
    courses.push(...chosen.map((contestant) => ({ contestant, topic, partitions, changes, expected })));
  };
  const { contestants, slow } = BENCHMARKS[args.benchmark];
  await add(slow, 1, slowChangesOf(args));
  await add(contestants, 1, args.changes);
  if (args.partitions === 2 && args.benchmark === 'drain') {
    await add(contestants, 2, args.changes);
  }
  return courses;
}

/** Profiles are named after the process: <contestant>-<partitions>p-r<round>-<pid>-<process>. */
function showProfiles(
  results: readonly RunResult[],
  { folder, say }: { folder: string; say: (text: string) => void },
): void {
  for (const { contestant, partitions, round, changes, fault } of results) {
    if (fault !== undefined) {
      continue;
    }
    const last = contestant === 'floor' || contestant === 'raw' ? '0' : 'node-1';
    const file = join(folder, `${contestant}-${partitions}p-r${round}-${process.pid}-${last}.cpuprofile`);
    say(`where the time of ${contestant} goes (first process, ${partitions} partition(s)), µs per change:`);
    for (const { part, ms, share } of summariseProfile(file)) {
      const micros = ((ms * 1_000) / changes) * partitions;
      say(`  ${part.padEnd(22)} ${micros.toFixed(2).padStart(7)}  ${(share * 100).toFixed(1).padStart(5)} %`);
    }
  }
}

try {
  process.exitCode = (await runBench(readArguments(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  console.error(error instanceof Error ? error.message : String(error));
  if (isUsage) {
    console.error(USAGE);
  }
  process.exitCode = isUsage ? 64 : 1;
}
