/**
 * npm run demo -- [--for 60s] [--rate 500] [--seed 1] [--corrupt 20] [--pipelines order|six] [--folder .ergate/demo]
 *
 * Starts real servers, one supervisor and two nodes, writes orders to the source, shows what happens, and at the end compares
 * every row. Whatever is killed on the way is started again. Exit code 0 only if everything is equal and verified, and every row
 * that was damaged on purpose was found and its case closed; 64 for a wrong argument.
 */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import { NO_ADAPTER } from '../../protocol/settings/list-refused-pipelines.ts';
import { compareAll } from '../../test/compare/compare-all.ts';
import { refuseIfHeld } from '../local/launch-lock.ts';
import { asksForHelp } from '../scripts/asks-for-help.ts';
import { DEMO_USAGE, type DemoArguments, DemoUsageError, readDemoArguments } from './demo-arguments.ts';
import type { DemoLoad } from './demo-load.ts';
import { buildLoad, findSettings, SETTINGS_FILES } from './demo-pipelines.ts';
import { type DamageCounts, Sabotage } from './demo-sabotage.ts';
import { type DemoStack, listServers, startDemoStack } from './demo-stack.ts';
import { SHORTENED, writeShortDelays } from './demo-verification.ts';
import { ErgateProcesses, endLeftovers } from './ergate-processes.ts';
import { LiveView } from './live-view.ts';
import { type DemoOutcome, renderSummary } from './render-summary.ts';
import { ServerWatch } from './server-watch.ts';
import { StatusClient } from './status-client.ts';
import { StatusTally } from './status-tally.ts';

const ENVIRONMENT = 'dev';
const LOOK_EVERY_MS = 1_000;
const ASK_EVERY_MS = 250;
const START_DEADLINE_MS = 90_000;
const DRAIN_DEADLINE_MS = 60_000;
/** Two sweeps, the looks of a case, and some. */
const CLOSE_DEADLINE_MS = 90_000;
const VERIFY_DEADLINE_MS = 30_000;
const COMPARE_WAIT_MS = 30_000;
const PROGRESS_EVERY_MS = 2_000;

interface RunningDemo {
  readonly args: DemoArguments;
  /** The settings file that goes over that of the pipelines. */
  readonly shortDelays: string;
  readonly stack: DemoStack;
  readonly processes: ErgateProcesses;
  readonly watch: ServerWatch;
  readonly client: StatusClient;
  readonly view: LiveView;
  /** Aborted by the first Ctrl-C. */
  readonly interrupted: AbortSignal;
}

async function runDemo(args: DemoArguments, interrupted: AbortSignal): Promise<boolean> {
  const view = new LiveView(process.stdout);
  const say = (message: string) => view.note(message);
  const folder = resolve(args.folder);
  refuseIfHeld(join(folder, 'stack')); // before anything is ended: a demo that runs there is no leftover
  const leftovers = endLeftovers(folder);
  if (leftovers > 0) {
    say(`ended ${leftovers} processes of an earlier demo`);
  }
  const cleanUp = new AsyncDisposableStack();
  try {
    const settings = findSettings(args.pipelines);
    const stack = await startDemoStack(folder, settings, say);
    cleanUp.defer(() => stack.servers.stop());
    const shortDelays = writeShortDelays(folder, args.pipelines);
    const files = [settings, shortDelays];
    say(SHORTENED);
    const processes = new ErgateProcesses({ folder, settings: files, environment: stack.environment, onChange: say });
    processes.start();
    cleanUp.defer(() => processes.stop());
    const watch = new ServerWatch(listServers(stack.servers), say);
    cleanUp.defer(() => watch.stop());
    const client = await StatusClient.open(stack.servers.nats.url, ENVIRONMENT);
    cleanUp.defer(() => client.close());
    return await loadAndCompare({ args, shortDelays, stack, processes, watch, client, view, interrupted });
  } finally {
    say('stopping everything');
    await cleanUp.disposeAsync();
  }
}

async function loadAndCompare(demo: RunningDemo): Promise<boolean> {
  const { args, stack, processes, watch, view } = demo;
  await waitUntilJobsRun(demo);
  showPlaces(demo);
  const { rate, seed } = args;
  const load = buildLoad(stack.endpoints, { rate, seed });
  const tally = new StatusTally();
  const sabotage = startSabotage(demo);
  try {
    await load.start();
    await watchLoad(demo, { load, tally, sabotage });
  } catch (error) {
    await sabotage?.stop().catch(() => {}); // the load's end is what is told
    throw error;
  } finally {
    await load.stop();
  }
  view.note('load stopped, waiting until everything has arrived');
  await waitUntilDrained(demo, tally);
  const damage = await waitUntilClosed(demo, sabotage);
  const { status, isVerified } = await waitUntilVerified(demo);
  view.note('comparing every row of every target with the source');
  const compare = await compareAll({ endpoints: stack.endpoints, waitMs: COMPARE_WAIT_MS });
  const processRestarts = processes.restarts + watch.restarts;
  const outcome = { rate, seed, load: load.report(), status, isVerified, compare, processRestarts, damage };
  const { restarts: actorRestarts, moves: actorMoves } = tally;
  const lines = renderSummary({ ...outcome, pipelines: tally.byPipeline(), actorRestarts, actorMoves });
  view.note(lines.join('\n'));
  const isMended = damage === undefined || (damage.open === 0 && damage.closed === damage.found);
  return compare.equal && isVerified && isMended;
}

async function waitUntilJobsRun({ client, view, processes, interrupted }: RunningDemo): Promise<void> {
  const startMs = performance.now();
  let saidMs = startMs;
  for (;;) {
    const status = await client.find();
    if (status?.summary.allJobsKnown === true && countWaiting(status) === 0) {
      showRefused(status, view);
      return;
    }
    interrupted.throwIfAborted();
    const nowMs = performance.now();
    if (nowMs - startMs > START_DEADLINE_MS) {
      throw new Error(
        `the jobs did not run within ${START_DEADLINE_MS / 1_000} s:\n${describeJobs(status)}\nlogs: ${processes.list.map(({ logFile }) => logFile).join(', ')}`,
      );
    }
    if (nowMs - saidMs > PROGRESS_EVERY_MS) {
      saidMs = nowMs;
      view.note(`waiting for the jobs: ${describeProgress(status)}`);
    }
    await sleep(ASK_EVERY_MS);
  }
}

/** What is refused never runs; what verifies may wait for what it verifies. */
function countWaiting({ jobs }: SupervisorStatus): number {
  const isUp = ({ job, state }: SupervisorStatus['jobs'][number]) =>
    state === 'running' ||
    state === 'refused' ||
    (state === 'waiting' && job.kind !== 'capture' && job.kind !== 'sink');
  return jobs.filter((job) => !isUp(job)).length;
}

function showRefused({ alerts }: SupervisorStatus, view: LiveView): void {
  for (const { code, message } of alerts.filter(({ code }) => code === NO_ADAPTER)) {
    view.note(`${code} ${message}`);
  }
}

function describeProgress(status: SupervisorStatus | undefined): string {
  return status === undefined
    ? 'no answer from the supervisor yet'
    : `${status.summary.running} of ${status.summary.jobs} run`;
}

function describeJobs(status: SupervisorStatus | undefined): string {
  return status === undefined
    ? '  the supervisor did not answer'
    : status.jobs.map(({ job, state, reason }) => `  ${job.name} ${state} ${reason ?? ''}`.trimEnd()).join('\n');
}

function showPlaces({ args, shortDelays, stack, processes, view }: RunningDemo): void {
  const servers = listServers(stack.servers).map(
    ([name, { ports, pid }]) => `  ${name.padEnd(12)} port ${ports[0]}, pid ${pid}`,
  );
  const ergate = processes.list.map(({ name, pid, logFile }) => `  ${name.padEnd(12)} pid ${pid}, log ${logFile}`);
  const settings = SETTINGS_FILES[args.pipelines];
  const node = processes.list.find(({ name }) => name === 'node-1');
  view.note(
    [
      'servers',
      ...servers,
      'ergate',
      ...ergate,
      '',
      `everything runs. Try: kill -9 ${node?.pid}   (or any pid above)`,
      'or, in a second terminal, a third node and the status:',
      `  eval "$(npm run -s stack -- status -o env --folder ${stack.servers.folder})"`,
      `  npm run ergate -- node --node node-3 --config ${settings} --config ${shortDelays}`,
      `  npm run ergate -- status --watch --config ${settings}`,
    ].join('\n'),
  );
}

/** Until the time is over, Ctrl-C, or the load ended by an error. */
async function watchLoad(
  { args, client, view, interrupted }: RunningDemo,
  { load, tally, sabotage }: { load: DemoLoad; tally: StatusTally; sabotage: Sabotage | undefined },
): Promise<void> {
  const startMs = performance.now();
  const ended = load.ended();
  const forMs = args.forMs ?? Number.POSITIVE_INFINITY;
  for (let elapsedMs = 0; elapsedMs < forMs && !interrupted.aborted; elapsedMs = performance.now() - startMs) {
    const status = await client.find();
    if (status !== undefined) {
      tally.add(status);
    }
    view.show({ elapsedMs, load: load.report(), status, damage: sabotage?.counts });
    const pause = sleep(Math.min(LOOK_EVERY_MS, forMs - elapsedMs), undefined, { signal: interrupted }).catch(() => {});
    await Promise.race([pause, ended.then(() => pause)]);
  }
}

/** Undefined when nothing is to be damaged. */
function startSabotage({ args, stack, view }: RunningDemo): Sabotage | undefined {
  if (args.corrupt === 0) {
    return undefined;
  }
  const { name, host, port, user, password, database } = stack.servers.state;
  const sabotage = new Sabotage({
    endpoints: stack.endpoints,
    state: { name, host, port, user, password, database },
    seed: args.seed,
    count: args.corrupt,
    onNews: (message) => view.note(`  ${message}`),
  });
  sabotage.start();
  return sabotage;
}

/** A row that nobody changes any more is found by the next sweep. */
async function waitUntilClosed(
  { view, interrupted }: RunningDemo,
  sabotage: Sabotage | undefined,
): Promise<DamageCounts | undefined> {
  if (interrupted.aborted) {
    sabotage?.interrupt();
  }
  if (sabotage !== undefined) {
    view.note('waiting until every damaged row is found, repaired and verified again');
  }
  return await sabotage?.finish(CLOSE_DEADLINE_MS);
}

/** Gives up after a while. @returns the newest status */
async function waitUntilVerified({ client, view }: RunningDemo): Promise<Pick<DemoOutcome, 'status' | 'isVerified'>> {
  view.note('waiting until all of it is verified');
  const startMs = performance.now();
  const untilMs = Date.now();
  for (;;) {
    const status = await client.find();
    const isVerified = status?.verification.every(({ verifiedMs = 0 }) => verifiedMs >= untilMs) ?? false;
    if (isVerified || performance.now() - startMs > VERIFY_DEADLINE_MS) {
      return { status, isVerified };
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Two statuses in a row without lag; gives up waiting after a minute, the comparison tells the rest. */
async function waitUntilDrained(demo: RunningDemo, tally: StatusTally): Promise<void> {
  const startMs = performance.now();
  for (let quiet = 0; quiet < 2 && performance.now() - startMs < DRAIN_DEADLINE_MS; ) {
    await sleep(LOOK_EVERY_MS);
    const status = await demo.client.find();
    if (status !== undefined) {
      tally.add(status);
    }
    quiet = status?.summary.lagRecords === 0 ? quiet + 1 : 0;
    if (quiet === 0) {
      demo.view.note(`  ${describeLag(status)}`);
    }
  }
}

function describeLag(status: SupervisorStatus | undefined): string {
  return status === undefined ? 'no answer from the supervisor' : `${status.summary.lagRecords} records to go`;
}

/** The first signal ends the load, the second one the process; what it leaves running is ended by the next start. */
function listenForInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) {
        process.exit(130);
      }
      controller.abort(new Error('interrupted before the load was started'));
    });
  }
  return controller.signal;
}

const args = process.argv.slice(2);
try {
  if (asksForHelp(args)) {
    console.log(DEMO_USAGE);
  } else {
    process.exitCode = (await runDemo(readDemoArguments(args), listenForInterrupt())) ? 0 : 1;
  }
} catch (error) {
  const isUsage = error instanceof DemoUsageError;
  console.error(error instanceof Error ? error.message : String(error));
  if (isUsage) {
    console.error(DEMO_USAGE);
  }
  process.exitCode = isUsage ? 64 : 1;
}
