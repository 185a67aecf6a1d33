import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LoadGenerator } from '../../../deploy/banana/load-generator.ts';
import { SeededRandom } from '../../../deploy/banana/seeded-random.ts';
import { writeBaseSettings } from './base-settings.ts';
import { Drill, describeJobs, SERVER_NAMES } from './drill.ts';
import { readDrillSeed } from './drill-options.ts';
import { DrillProcesses, type NodeProgram } from './drill-processes.ts';
import { type DrillStack, startDrillStack } from './drill-stack.ts';
import { buildStory, endFolder } from './drill-story.ts';
import { OffsetWatch } from './offset-watch.ts';
import { StatusWatch } from './status-watch.ts';
import { watchAttempts } from './watch-attempts.ts';

export interface DrillOptions {
  /** Row changes per second. */
  readonly rate?: number;
  /** Notes every attempt to write a row, for runs that must apply everything once. */
  readonly attempts?: boolean;
  /** Go over those of the demo; YAML. */
  readonly settings?: string;
  /** Before anything of ergate runs. */
  readonly prepare?: (stack: DrillStack) => Promise<void>;
  /** Variables over those of the stack, for whatever stands between ergate and a server. */
  readonly between?: (stack: DrillStack) => Promise<Readonly<Record<string, string>>>;
  /** Jobs that run in the end; those of pipelines that are not verified when left out. */
  readonly jobs?: number;
  /** Their names; two when left out. */
  readonly nodes?: readonly string[];
  /** What the nodes run, if not the ergate command itself. */
  readonly node?: NodeProgram;
  /** NODE_OPTIONS of all processes. */
  readonly nodeOptions?: string;
  /** As readDrillSeed gives it, where the test uses it too. */
  readonly seed?: number;
}

const TOPIC = 'cdc.order';
const ENVIRONMENT = 'dev';
const DEFAULT_RATE = 400;
const START_WITHIN_MS = 60_000;
/** Apart from the numbers that the load draws. */
const DRILL_STREAM = 99;

/**
 * Servers, a supervisor, its nodes and the load, all running; they end with the test that called it.
 * ERGATE_DRILL_SEED repeats the moments and the load of an earlier run.
 */
export async function startDrill(options: DrillOptions = {}): Promise<Drill> {
  const { rate = DEFAULT_RATE, attempts = false, seed = readDrillSeed() } = options;
  const folder = mkdtempSync(join(tmpdir(), 'ergate-drill-'));
  const cleanUp = new AsyncDisposableStack();
  const tell = buildStory(join(folder, 'logs'));
  onTestFinished(async ({ task }) => {
    try {
      await cleanUp.disposeAsync();
    } finally {
      endFolder(folder, SERVER_NAMES, task.result?.state === 'fail' ? `seed ${seed}` : undefined);
    }
  }, 60_000);
  tell(`seed ${seed}`);

  const stack = await startDrillStack(join(folder, 'stack'));
  cleanUp.defer(() => stack.servers.stop());
  await options.prepare?.(stack);
  if (attempts) {
    await Promise.all(stack.targets.map(watchAttempts));
  }
  const { logFolders, endpoints, servers } = stack;
  const environment = { ...stack.environment, ...(await options.between?.(stack)) };
  const settings = writeSettings(folder, options.settings);
  const base = writeBaseSettings(folder);
  const { jobs, node, nodeOptions } = options;
  const processes = new DrillProcesses({
    folder: join(folder, 'logs'),
    base,
    environment: { ...environment, ...(nodeOptions && { NODE_OPTIONS: nodeOptions }) },
    settings,
    node,
    onChange: tell,
  });
  cleanUp.defer(async () => {
    await processes.stop();
  });
  for (const name of ['supervisor', ...(options.nodes ?? ['node-1', 'node-2'])]) {
    processes.start(name);
  }
  const status = await StatusWatch.open(servers.nats.url, ENVIRONMENT);
  cleanUp.defer(() => status.stop());
  const { brokers } = servers.kafka;
  const groupOf = (pipeline: string, partition: number) => `ergate.${ENVIRONMENT}.${pipeline}.sink.p${partition}`;
  const offsets = new OffsetWatch({ brokers, topic: TOPIC, groupOf, logFolders });
  const load = new LoadGenerator({ server: endpoints.source, rate, seed });
  const random = new SeededRandom(seed, DRILL_STREAM);
  const drill = new Drill({ jobs, random, topic: TOPIC, stack, processes, load, offsets, status, tell });
  await drill.until('all actors run', () => drill.isEverythingRunning(), START_WITHIN_MS);
  offsets.start();
  cleanUp.defer(() => offsets.stop());
  await load.start();
  cleanUp.defer(() => load.stop(0).catch(() => {})); // the source may be away at the end of a drill that failed
  tell(describeJobs(status.latest));
  return drill;
}

function writeSettings(folder: string, settings: string | undefined): string | undefined {
  if (settings === undefined) {
    return undefined;
  }
  const file = join(folder, 'more.yaml');
  writeFileSync(file, settings);
  return file;
}
