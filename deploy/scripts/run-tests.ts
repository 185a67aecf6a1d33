/**
 * `npm test`: installs what is missing, checks the code, runs all tests, and says last, alone on a line, how many passed
 * and how many failed. A step that ends badly without naming a failed test counts as one failure, so that no crash can
 * look like a pass.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installMissing } from '../local/install.ts';
import { runStep, type Step } from './run-step.ts';
import { addTallies, failedStep, NOTHING_RAN, type Tally, tallyReport } from './tally-report.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const REPORT_FOLDER = join(ROOT, '.ergate', 'test-reports');
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
/** Twenty minutes are the aim; more are for a slower machine, on which nothing should be cut off. */
const ALL_STEPS_MS = 30 * 60_000;
const deadlineMs = performance.now() + ALL_STEPS_MS;

function leftMs(): number {
  return deadlineMs - performance.now();
}

/** What needs less comes first: what is wrong there is known sooner, and a later run that is cut off does not hide it. */
const RUNS = [['unit', 'property'], ['contract', 'integration'], ['drill']];

async function install(): Promise<Tally> {
  try {
    await installMissing({ onProgress: (message) => console.log(message), withMysql: true });
    return NOTHING_RAN;
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error));
    return failedStep();
  }
}

async function check(): Promise<Tally> {
  const succeeded = await runStep({
    title: 'npm run check',
    program: 'npm',
    args: ['run', 'check'],
    timeoutMs: leftMs(),
  });
  return succeeded ? NOTHING_RAN : failedStep();
}

async function runVitest(projects: readonly string[]): Promise<Tally> {
  const report = join(REPORT_FOLDER, `${projects.join('-')}.json`);
  rmSync(report, { force: true });
  const step: Step = {
    title: `tests: ${projects.join(', ')}`,
    program: process.execPath,
    args: [
      VITEST,
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      // Servers share the machine: one file at a time.
      ...(projects.includes('unit') ? [] : ['--no-file-parallelism']),
    ],
    timeoutMs: leftMs(),
  };
  const succeeded = await runStep(step);
  return tallyReport(readReport(report), succeeded);
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

async function runAll(): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  try {
    mkdirSync(REPORT_FOLDER, { recursive: true });
    process.chdir(ROOT);
    tallies.push(await install());
    tallies.push(await check());
    for (const projects of RUNS) {
      tallies.push(await runVitest(projects));
    }
  } catch (error) {
    console.log(error);
    tallies.push(failedStep());
  }
  return tallies;
}

const { passed, failed } = addTallies(await runAll());
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
