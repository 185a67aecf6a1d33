/**
 * All servers of the local stack together, for the demo, the tests, the benchmarks and `npm run stack`.
 *
 * They start in parallel. If one fails, all are stopped and the error names it. They end with the launcher, however it
 * ends, unless it calls `keep()`.
 */
import { resolve } from 'node:path';
import { dropLaunchLock, keepLaunch, readLaunchRecord, takeLaunchLock } from './launch-lock.ts';
import { isRunning } from './process-identity.ts';
import { type OnProgress, withProgress } from './progress.ts';
import type { ServerLife, ServerProcess } from './server-process.ts';
import { readServerRecord } from './server-record.ts';
import { DEFAULT_STACK_FOLDER, listStackServers, STACK_DATABASES } from './stack-servers.ts';
import { type KafkaServer, startKafka } from './start-kafka.ts';
import { type MariadbServer, startMariadb } from './start-mariadb.ts';
import { type NatsServer, startNats } from './start-nats.ts';

export interface StackOptions extends ServerLife {
  /** Default: .ergate/stack of this checkout. One launcher at a time. */
  readonly folder?: string;
  /** Binary logs of the targets tell their columns too, as the source's does, so that a test can read them to the end. */
  readonly readableLogs?: boolean;
  readonly onProgress?: OnProgress;
}

export interface LocalStack extends AsyncDisposable {
  readonly folder: string;
  readonly order: MariadbServer;
  readonly seller0: MariadbServer;
  readonly seller1: MariadbServer;
  readonly settlement: MariadbServer;
  readonly state: MariadbServer;
  readonly nats: NatsServer;
  readonly kafka: KafkaServer;
  /** Legal at any time, also twice. */
  stop(): Promise<void>;
  /** The servers go on when this process ends; only for a stack started with `mayBeKept`. */
  keep(): void;
}

/** @throws Error when another launcher holds the folder, or when a server cannot be started */
export async function startLocalStack(options: StackOptions = {}): Promise<LocalStack> {
  const folder = resolve(options.folder ?? DEFAULT_STACK_FOLDER);
  const { onProgress = () => {}, mayBeKept = false, readableLogs = false } = options;
  if (!mayBeKept) {
    refuseKept(folder);
  }
  takeLaunchLock(folder);
  const started: ServerProcess[] = [];
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
    dropLaunchLock(folder);
  };
  const start = async <Server extends ServerProcess>(name: string, starting: () => Promise<Server>) => {
    const server = await withProgress(`starting ${name}`, onProgress, starting);
    started.push(server);
    return server;
  };
  const startDatabase = (database: (typeof STACK_DATABASES)[keyof typeof STACK_DATABASES]) =>
    start(database.name, () =>
      startMariadb({ folder, mayBeKept, ...database, ...(readableLogs ? { source: true } : {}) }),
    );
  try {
    // Kafka first: it takes longest.
    const [kafka, order, seller0, seller1, settlement, state, nats] = await allOrNone([
      start('kafka', () => startKafka({ folder, mayBeKept })),
      startDatabase(STACK_DATABASES.order),
      startDatabase(STACK_DATABASES.seller0),
      startDatabase(STACK_DATABASES.seller1),
      startDatabase(STACK_DATABASES.settlement),
      startDatabase(STACK_DATABASES.state),
      start('nats', () => startNats({ folder, mayBeKept })),
    ]);
    const keep = () => {
      keepLaunch(folder);
      for (const server of started) {
        server.keep();
      }
    };
    const servers = { kafka, order, seller0, seller1, settlement, state, nats };
    return { folder, ...servers, stop, keep, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Like Promise.all, but it rejects only when all have settled: nothing may still be starting when the rest is stopped. */
async function allOrNone<Values extends readonly unknown[]>(
  promises: readonly [...{ [Index in keyof Values]: Promise<Values[Index]> }],
): Promise<Values> {
  await Promise.allSettled(promises);
  return (await Promise.all(promises)) as unknown as Values; // the tuple type is lost by Promise.all's overloads
}

function refuseKept(folder: string): void {
  const isUp = listStackServers(folder).some(({ spec }) => {
    const server = readServerRecord(spec.folder)?.server;
    return server !== undefined && isRunning(server);
  });
  if (isUp && readLaunchRecord(folder)?.kept === true) {
    throw new Error(`the stack in ${folder} is up; end it with: npm run stack -- down --folder ${folder}`);
  }
}
