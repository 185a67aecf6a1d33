/**
 * `npm run drill -- <name> [--seed N] [--runs N] …`: runs test/drill/<name>.drill.test.ts, also those tests in it that
 * `npm test` leaves out, tells what happens, and says last how to run it again and how it went. Exit code 0 when all runs
 * passed, 1 when one did not, 64 for a wrong argument.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { asksForHelp } from './asks-for-help.ts';
import { type DrillArguments, DrillUsageError, readDrillArguments } from './drill-arguments.ts';
import { runStep } from './run-step.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join('test', 'drill');
const SUFFIX = '.drill.test.ts';
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
/** One of them with all that it has takes a few minutes. */
const RUN_WITHIN_MS = 30 * 60_000;
const SEEDS = 1_000_000;

const names = readdirSync(join(ROOT, FOLDER))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const USAGE = `usage: npm run drill -- <name> [--seed N] [--runs N] [--<option> <value>]
drills: ${names.join(', ')}`;

async function runOnce({ name, options }: DrillArguments, seed: number): Promise<string> {
  const told = Object.entries(options).map(([option, value]) => ` --${option} ${value}`);
  const command = `npm run drill -- ${name} --seed ${seed}${told.join('')}`;
  process.env['ERGATE_DRILLS'] = 'all';
  process.env['ERGATE_DRILL_SEED'] = String(seed);
  process.env['ERGATE_DRILL_OPTIONS'] = JSON.stringify(options);
  process.env['ERGATE_DRILL_ECHO'] = '1';
  const succeeded = await runStep({
    title: command,
    program: process.execPath,
    // The last option takes what stands behind it for its value.
    args: [VITEST, 'run', '--project', 'drill', join(FOLDER, name + SUFFIX), '--disable-console-intercept'],
    timeoutMs: RUN_WITHIN_MS,
  });
  return `${succeeded ? 'passed' : 'FAILED'}  ${command}`;
}

/** @returns whether all runs passed */
async function runAll(told: DrillArguments): Promise<boolean> {
  const results: string[] = [];
  for (let run = 0; run < told.runs; run++) {
    results.push(await runOnce(told, told.seed + run));
  }
  console.log(`\n${results.join('\n')}`);
  return results.every((result) => result.startsWith('passed'));
}

const args = process.argv.slice(2);
try {
  process.chdir(ROOT);
  if (asksForHelp(args)) {
    console.log(USAGE);
  } else {
    const told = readDrillArguments(args, names, Math.floor(Math.random() * SEEDS));
    process.exitCode = (await runAll(told)) ? 0 : 1;
  }
} catch (error) {
  if (!(error instanceof DrillUsageError)) {
    throw error;
  }
  console.error(`${error.message}\n${USAGE}`);
  process.exitCode = 64;
}
