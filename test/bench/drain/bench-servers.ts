import { rm } from 'node:fs/promises';
import { startKafka } from '../../../deploy/local/start-kafka.ts';
import { startMariadb } from '../../../deploy/local/start-mariadb.ts';
import { startNats } from '../../../deploy/local/start-nats.ts';

/** The servers of one benchmark, in a folder of its own; nothing else uses them. */
export interface BenchServers extends AsyncDisposable {
  readonly kafka: Awaited<ReturnType<typeof startKafka>>;
  readonly mariadb: Awaited<ReturnType<typeof startMariadb>>;
  /** Holds ergate's state, so that the counters of the target count the target only. */
  readonly state: Awaited<ReturnType<typeof startMariadb>>;
  readonly nats: Awaited<ReturnType<typeof startNats>>;
}

export async function startBenchServers(folder: string): Promise<BenchServers> {
  await using started = new AsyncDisposableStack();
  started.defer(() => rm(folder, { recursive: true, force: true })); // last of all: data of hundreds of megabytes
  const kafka = started.use(await startKafka({ folder }));
  const mariadb = started.use(await startMariadb({ folder, name: 'bench_target' }));
  const state = started.use(await startMariadb({ folder, name: 'bench_state' }));
  const nats = started.use(await startNats({ folder }));
  const kept = started.move();
  return { kafka, mariadb, state, nats, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
