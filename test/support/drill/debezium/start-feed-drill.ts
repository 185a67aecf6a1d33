import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { onTestFinished } from 'vitest';
import { LoadGenerator } from '../../../../deploy/banana/load-generator.ts';
import { SeededRandom } from '../../../../deploy/banana/seeded-random.ts';
import { startConnectWorker } from '../../../../deploy/fixtures/connect-worker.ts';
import type { Endpoint } from '../../../compare/endpoints.ts';
import { SERVER_NAMES } from '../drill.ts';
import { readDrillSeed } from '../drill-options.ts';
import { DrillProcesses } from '../drill-processes.ts';
import { runAll, startDrillStack } from '../drill-stack.ts';
import { buildStory, endFolder } from '../drill-story.ts';
import { StatusWatch } from '../status-watch.ts';
import { chooseFeed, type FeedChoice } from './feed-choice.ts';
import { FeedDrill } from './feed-drill.ts';
import { buildErgateSettings, type SourceColumn } from './feed-settings.ts';
import { SOURCE_DDL, TARGET_DDL, TypeWriter } from './type-writer.ts';
import { VALUE_MODES } from './value-modes.ts';

const ENVIRONMENT = 'dev';
/** Row changes per second of the order tables; the writer of all types adds as many as it can with its pauses. */
const RATE = 150;
/** Apart from the numbers that the writers draw. */
const DRILL_STREAM = 97;

/** Servers, ergate and the writers, all running; the connector is not there yet. Everything ends with the test. */
export async function startFeedDrill(preset: Partial<FeedChoice>): Promise<FeedDrill> {
  const seed = readDrillSeed();
  const random = new SeededRandom(seed, DRILL_STREAM);
  const choice = chooseFeed(random, preset);
  const folder = mkdtempSync(join(tmpdir(), 'ergate-drill-'));
  const cleanUp = new AsyncDisposableStack();
  const tell = buildStory(join(folder, 'logs'));
  onTestFinished(async ({ task }) => {
    try {
      await cleanUp.disposeAsync();
    } finally {
      endFolder(folder, [...SERVER_NAMES, 'connect'], task.result?.state === 'fail' ? `seed ${seed}` : undefined);
    }
  }, 60_000);
  tell(`seed ${seed}, ${JSON.stringify(choice)}`);

  const stack = await startDrillStack(join(folder, 'stack'));
  cleanUp.defer(() => stack.servers.stop());
  const { environment, endpoints, servers } = stack;
  await runAll(endpoints.source, SOURCE_DDL);
  await runAll(endpoints.settlement, TARGET_DDL);
  const connect = await startConnectWorker({ folder: join(folder, 'stack'), broker: servers.kafka.brokers[0] ?? '' });
  cleanUp.defer(() => connect.stop());
  const processes = new DrillProcesses({
    folder: join(folder, 'logs'),
    base: writeSettings(folder, buildErgateSettings(choice, await readColumns(endpoints.source))),
    environment,
    onChange: tell,
  });
  cleanUp.defer(async () => {
    await processes.stop();
  });
  for (const name of ['supervisor', 'node-1', 'node-2']) {
    processes.start(name);
  }
  const status = await StatusWatch.open(servers.nats.url, ENVIRONMENT);
  cleanUp.defer(() => status.stop());
  const load = new LoadGenerator({ server: endpoints.source, rate: RATE, seed });
  await load.start();
  cleanUp.defer(() => load.stop(0).catch(() => {})); // a drill that failed has its own reason
  const types = new TypeWriter(endpoints.source, seed, VALUE_MODES[choice.modes]?.hasLongTimes === true);
  types.start();
  cleanUp.defer(() => types.stop().catch(() => {}));
  return new FeedDrill({
    choice,
    random,
    stack,
    connect,
    processes,
    load,
    types,
    status,
    environment: ENVIRONMENT,
    tell,
  });
}

function writeSettings(folder: string, text: string): string {
  const file = join(folder, 'logs', 'ergate.yaml');
  mkdirSync(join(folder, 'logs'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

async function readColumns({ host, port, user, password, database }: Endpoint): Promise<readonly SourceColumn[]> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      'SELECT table_name, column_name, column_type FROM information_schema.columns WHERE table_schema = DATABASE()',
    );
    return rows.map((row) => {
      const [table = '', column = '', type = ''] = Object.values(row).map(String);
      return { table, column, type };
    });
  } finally {
    await connection.end();
  }
}
