/** A real supervisor and real node hosts in processes of their own, on real NATS and a real state database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import { SupervisorRig } from './supervisor-rig/rig.ts';
import { PARTITIONS } from './supervisor-rig/rig-settings.ts';

let folder: string;
let rig: SupervisorRig;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ergate-supervisor-'));
  rig = await SupervisorRig.start(folder);
});

afterAll(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
});

const places = ({ jobs }: SupervisorStatus) => jobs.map(({ job, node, placeEpoch }) => ({ job, node, placeEpoch }));
const allRun = ({ summary, supervisor }: SupervisorStatus) =>
  supervisor.acting && summary.jobs === PARTITIONS && summary.running === PARTITIONS;
const runOn = (status: SupervisorStatus, loads: Record<string, number>) =>
  allRun(status) &&
  Object.entries(loads).every(([name, load]) => status.jobs.filter(({ node }) => node === name).length === load) &&
  status.nodes.every(({ node, actors, state }) => state === 'dead' || actors === (loads[node] ?? 0));

test('jobs are spread over the nodes, and a supervisor killed and started again moves none of them', async () => {
  rig.startNode('node-1');
  rig.startNode('node-2');
  rig.startSupervisor();
  const before = await rig.until('all run', (status) => runOn(status, { 'node-1': 3, 'node-2': 3 }));
  await rig.end('supervisor', 'SIGKILL');
  rig.startSupervisor();
  const after = await rig.until(
    'the next one acts',
    (status) => allRun(status) && status.supervisor.epoch > before.supervisor.epoch,
  );
  expect(places(after)).toEqual(places(before));
  // It has greeted the nodes: an older supervisor would be refused. Still nothing has moved.
  const later = await rig.until('two more seconds passed', ({ atMs }) => atMs > after.atMs + 2_000);
  expect(places(later)).toEqual(places(before));
});

test('a third node takes its share, and the others keep what is left', async () => {
  const before = await rig.until('all run', allRun);
  rig.startNode('node-3');
  const after = await rig.until('it has its share', (status) =>
    runOn(status, { 'node-1': 2, 'node-2': 2, 'node-3': 2 }),
  );
  const moved = after.jobs.filter(
    ({ job, node }) => before.jobs.find((other) => other.job.name === job.name)?.node !== node,
  );
  expect(moved.map(({ node }) => node)).toEqual(['node-3', 'node-3']);
});

test('the actors of a node that was killed run elsewhere at higher places, the others stay', async () => {
  const before = await rig.until('all run', allRun);
  await rig.end('node-2', 'SIGKILL');
  const after = await rig.until('all run again', (status) => runOn(status, { 'node-1': 3, 'node-3': 3 }));
  for (const { job, node, placeEpoch } of after.jobs) {
    const was = before.jobs.find((other) => other.job.name === job.name)!;
    if (was.node === 'node-2') {
      expect(placeEpoch).toBeGreaterThan(was.placeEpoch);
    } else {
      expect({ node, placeEpoch }).toEqual({ node: was.node, placeEpoch: was.placeEpoch });
    }
  }
  expect(after.alerts).toMatchObject([{ code: 'ERG_6005' }]);
});

test('a node that stood still is told to end what was placed elsewhere meanwhile', async () => {
  rig.signal('node-3', 'SIGSTOP');
  await rig.until('one node runs all', (status) => runOn(status, { 'node-1': PARTITIONS }));
  rig.signal('node-3', 'SIGCONT');
  await rig.until('it has its share again', (status) => runOn(status, { 'node-1': 3, 'node-3': 3 }));
});

test('a node that is asked to end gives its actors away first', async () => {
  await rig.end('node-3', 'SIGTERM');
  const after = await rig.until('one node runs all', (status) => runOn(status, { 'node-1': PARTITIONS }));
  expect(after.alerts.filter(({ message }) => message.includes('node-3'))).toEqual([]);
});

test('nothing moves while NATS is away, and all is known again after it is back', async () => {
  const before = await rig.until('all run', allRun);
  await rig.nats.killHard();
  await rig.nats.start();
  const after = await rig.until('it acts again', (status) => allRun(status) && status.atMs > before.atMs);
  const later = await rig.until(
    'two more seconds passed',
    (status) => allRun(status) && status.atMs > after.atMs + 2_000,
  );
  expect(places(later)).toEqual(places(before));
});

test('an older supervisor that wakes up acts no more and says so', async () => {
  rig.signal('supervisor', 'SIGSTOP');
  rig.startSupervisor('newer');
  const newer = await rig.until('the newer one acts', (status) => allRun(status));
  await rig.until('it has greeted the nodes', ({ atMs }) => atMs > newer.atMs + 1_000);
  rig.signal('supervisor', 'SIGCONT');
  const stale = await rig.until('the older one answers', ({ alerts }) =>
    alerts.some(({ code }) => code === 'ERG_6001'),
  );
  expect(stale.supervisor.acting).toBe(false);
  expect(stale.supervisor.epoch).toBeLessThan(newer.supervisor.epoch);
  await rig.end('supervisor', 'SIGKILL');
  const after = await rig.until('the newer one answers', ({ supervisor }) => supervisor.acting);
  expect(places(after)).toEqual(places(newer));
});
