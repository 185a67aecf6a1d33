import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { LoadGenerator } from '../../../deploy/banana/load-generator.ts';
import { SeededRandom } from '../../../deploy/banana/seeded-random.ts';
import { Drill, describeJobs, SERVER_NAMES } from './drill.ts';
import { DrillProcesses } from './drill-processes.ts';
import { startDrillStack } from './drill-stack.ts';
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
}

const STORY = 'drill.log';
const TOPIC = 'cdc.order';
const ENVIRONMENT = 'dev';
const DEFAULT_RATE = 400;
const START_WITHIN_MS = 60_000;
const KEPT_FOLDER = join(import.meta.dirname, '..', '..', '..', '.ergate', 'drills');
/** Apart from the numbers that the load draws. */
const DRILL_STREAM = 99;

/**
 * Servers, a supervisor, two nodes and the load, all running; they end with the test that called it.
 * ERGATE_DRILL_SEED repeats the moments and the load of an earlier run.
 */
export async function startDrill(options: DrillOptions = {}): Promise<Drill> {
  const { rate = DEFAULT_RATE, attempts = false } = options;
  const seed = Number(process.env['ERGATE_DRILL_SEED'] ?? Math.floor(Math.random() * 1_000_000));
  const folder = mkdtempSync(join(tmpdir(), 'ergate-drill-'));
  const cleanUp = new AsyncDisposableStack();
  const tell = buildStory(join(folder, 'logs'));
  onTestFinished(async ({ task }) => {
    try {
      await cleanUp.disposeAsync();
    } finally {
      endFolder(folder, task.result?.state === 'fail' ? `seed ${seed}` : undefined);
    }
  }, 60_000);
  tell(`seed ${seed}`);

  const stack = await startDrillStack(join(folder, 'stack'));
  cleanUp.defer(() => stack.servers.stop());
  if (attempts) {
    await Promise.all(stack.targets.map(watchAttempts));
  }
  const { environment, logFolders, endpoints, servers } = stack;
  const settings = writeSettings(folder, options.settings);
  const processes = new DrillProcesses({ folder: join(folder, 'logs'), environment, settings, onChange: tell });
  cleanUp.defer(async () => {
    await processes.stop();
  });
  for (const name of ['supervisor', 'node-1', 'node-2']) {
    processes.start(name);
  }
  const status = await StatusWatch.open(servers.nats.url, ENVIRONMENT);
  cleanUp.defer(() => status.stop());
  const { brokers } = servers.kafka;
  const groupOf = (pipeline: string, partition: number) => `ergate.${ENVIRONMENT}.${pipeline}.sink.p${partition}`;
  const offsets = new OffsetWatch({ brokers, topic: TOPIC, groupOf, logFolders });
  const load = new LoadGenerator({ server: endpoints.source, rate, seed });
  const random = new SeededRandom(seed, DRILL_STREAM);
  const drill = new Drill({ random, topic: TOPIC, stack, processes, load, offsets, status, tell });
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

function buildStory(folder: string): (message: string) => void {
  const startMs = performance.now();
  mkdirSync(folder, { recursive: true });
  return (message) => {
    const line = `${((performance.now() - startMs) / 1_000).toFixed(2).padStart(7)} s  ${message}`;
    appendFileSync(join(folder, STORY), `${line}\n`);
  };
}

/** @param failure what to say when the logs are kept */
function endFolder(folder: string, failure: string | undefined): void {
  if (failure !== undefined) {
    const kept = join(KEPT_FOLDER, basename(folder));
    cpSync(join(folder, 'logs'), kept, { recursive: true });
    for (const server of SERVER_NAMES) {
      const log = join(folder, 'stack', server, 'server.log');
      if (existsSync(log)) {
        cpSync(log, join(kept, `${server}.log`));
      }
    }
    console.log(`the drill failed (${failure}); its logs: ${kept}\n${readFileSync(join(kept, STORY), 'utf8')}`);
  }
  rmSync(folder, { recursive: true, force: true });
}
