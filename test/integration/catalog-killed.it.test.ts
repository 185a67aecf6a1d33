/** Sinks whose catalog service, in the process of a real supervisor, is killed, and whose NATS is away for a while. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BusTableSnapshots } from '../../actors/catalog/bus-table-snapshots.ts';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { readSettings } from '../../protocol/settings/read-settings.ts';
import { fingerprintTarget } from '../../supervisor/catalog/fingerprint-target.ts';
import { until } from '../support/kafka-rig.ts';
import { aRecord, buildSinkRig, inserted, openTestSession, type SinkRig } from '../support/sink-rig.ts';
import { CREATE } from '../support/sink-target.ts';
import { SupervisorRig } from './supervisor-rig/rig.ts';
import { TEST_ENVIRONMENT } from './supervisor-rig/rig-settings.ts';

const TARGET = 'target';
const PIPELINE = 'orders';

let rowsWritten = 0;

async function writeRow({ partition }: SinkRig): Promise<void> {
  rowsWritten += 1;
  const row = { id: rowsWritten, seller: 1, name: 'a', amount: '1.0000' };
  partition.append(aRecord('k', partition.records.length + 1, inserted(row)));
  await partition.untilCommitted(partition.end);
}

const retriesOf = (rigs: readonly SinkRig[]) => rigs.map((rig) => rig.detail().counts.retries);

test('sinks go on, start and follow their tables without a supervisor and without NATS, and find both again', async () => {
  await using cleanUp = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'ergate-catalog-killed-'));
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  const rig = await SupervisorRig.start(folder);
  cleanUp.defer(() => rig.stop());
  const settings = readSettings([rig.settingsFile], {});
  const [pipeline, server] = [settings.pipelines[PIPELINE], settings.databases[TARGET]?.shards[0]];
  if (pipeline === undefined || server === undefined) {
    throw new Error('the settings of the rig have no such target');
  }
  const sql = cleanUp.use(await openTestSession(server, [TARGET]));
  await sql.query(`USE ${TARGET}; ${CREATE}`);
  const bus = await openNatsBus({
    servers: [rig.nats.url],
    name: 'node',
    logger: silentLogger,
    requestTimeoutMs: 1_000,
  });
  cleanUp.defer(() => bus.close());
  const fingerprints = new Map([[TARGET, fingerprintTarget(pipeline, server)]]);
  const snapshots = new BusTableSnapshots({ bus, environment: TEST_ENVIRONMENT, pipeline: PIPELINE, fingerprints });
  const sinks: SinkRig[] = [];
  const startSink = async () => {
    const options = { server, schemas: [TARGET], stateSchema: 'ergate', tables: { orders: {} }, snapshots };
    const sink = cleanUp.use(buildSinkRig({ ...options, number: sinks.length }));
    sinks.push(sink);
    await sink.actor.start();
    await writeRow(sink);
  };
  const untilServed = async () => {
    for (const startMs = performance.now(); (await snapshots.ask(TARGET, undefined)) === undefined; ) {
      expect(performance.now() - startMs, 'nobody serves the catalog').toBeLessThan(30_000);
      await sleep(20);
    }
  };

  rig.startSupervisor();
  await untilServed();
  await startSink();

  await rig.end('supervisor', 'SIGKILL');
  expect(await snapshots.ask(TARGET, undefined)).toBeUndefined();
  await Promise.all(sinks.map(writeRow));
  await sql.query('ALTER TABLE orders DROP COLUMN name');
  await Promise.all(sinks.map(writeRow));
  await startSink();

  await rig.nats.killHard();
  await until('NATS is away', () => !bus.isConnected);
  await Promise.all(sinks.map(writeRow));
  await startSink();
  await rig.nats.start();
  await until('NATS is back', () => bus.isConnected);

  rig.startSupervisor();
  await untilServed();
  const [first, ...others] = sinks as [SinkRig, ...SinkRig[]]; // three were started
  const before = retriesOf(others);
  const heard = Promise.withResolvers<void>();
  using _hearing = snapshots.onChange(TARGET, heard.resolve);
  await sql.query('ALTER TABLE orders DROP COLUMN amount');
  await writeRow(first);
  await heard.promise;
  await snapshots.ask(TARGET, 'another version'); // answered behind those who heard it before us
  await Promise.all(others.map(writeRow));
  expect(retriesOf(others)).toEqual(before);
  expect(sinks.map((sink) => [sink.actor.status().state, sink.detail().counts.findings])).toEqual(
    sinks.map(() => ['running', 0]),
  );
  const [rows] = await sql.query('SELECT COUNT(*) AS n FROM orders');
  expect(rows).toEqual([{ n: String(rowsWritten) }]);
});
