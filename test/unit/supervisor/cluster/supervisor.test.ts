import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../../../protocol/log/logger.ts';
import type { ReplyCode } from '../../../../protocol/message/envelope.ts';
import type { NodeHeartbeat, SpawnCommand } from '../../../../protocol/message/node-message.ts';
import { buildSubjects, NODE_VERBS } from '../../../../protocol/message/subjects.ts';
import type { SupervisorStatus } from '../../../../protocol/message/supervisor-status.ts';
import type { Settings } from '../../../../protocol/settings/settings-schema.ts';
import { Supervisor } from '../../../../supervisor/cluster/supervisor.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { type MemoryBus, MemoryNetwork } from '../../../support/memory-bus.ts';
import { SimulatedNode } from './simulated-cluster.ts';

const SUBJECTS = buildSubjects('test');
const HEARTBEAT_MS = 1_000;

// Only what a supervisor reads.
const SETTINGS = {
  environment: 'test',
  nats: { servers: [], requestTimeout: 2_000 },
  supervisor: { heartbeatEvery: HEARTBEAT_MS, nodeDeadAfter: 3_000 },
  captures: {},
  databases: { seller: { driver: 'mysql' } },
  pipelines: { orders: { source: { topic: 'cdc.order' }, target: { database: 'seller' }, apply: true } },
} as unknown as Settings;

/** Beside the other pipeline, one to a database that has no adapter. */
const WITH_ORACLE = {
  ...SETTINGS,
  databases: { ...SETTINGS.databases, ora: { driver: 'oracle' } },
  pipelines: {
    ...SETTINGS.pipelines,
    history: { source: { topic: 'cdc.order' }, target: { database: 'ora' }, apply: true },
  },
} as unknown as Settings;

/** Lets everything that waits for a promise run; the clock stands still. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) {
    await Promise.resolve();
  }
}

class Rig {
  readonly clock = new ManualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly supervisorBus = this.network.open('supervisor', silentLogger);
  readonly nodeBus: MemoryBus = this.network.open('node', silentLogger);
  readonly node = new SimulatedNode('node-1', 1);
  readonly requests: { readonly verb: string; readonly id: string; readonly epoch: number }[] = [];
  /** What the node answers; undefined for no answer at all. */
  answer: (verb: string) => ReplyCode | undefined = () => 'OK';
  maxEpoch = 0;
  epoch: number | Error;
  partitions: number | Error;
  readonly supervisor: Supervisor;

  constructor({
    epoch = 7,
    partitions = 2,
    settings = SETTINGS,
  }: { epoch?: number | Error; partitions?: number | Error; settings?: Settings } = {}) {
    this.epoch = epoch;
    this.partitions = partitions;
    this.supervisor = new Supervisor({
      services: [],
      settings,
      id: 'supervisor/1',
      version: '1.2.3',
      bus: this.supervisorBus,
      state: {
        ensureSchema: async () => {},
        nextLeaderEpoch: async () => orThrow(this.epoch),
        findings: { store: async () => {}, count: async () => [] },
        unwrittenColumns: {
          add: async () => {},
          closeOpen: async () => {},
          list: async () => [],
          clear: async () => 0,
        },
      },
      admin: { ensureTopic: async () => false, readPartitionCount: async () => orThrow(this.partitions) },
      clock: this.clock,
      log: silentLogger,
      random: () => 0.5,
    });
    for (const verb of NODE_VERBS) {
      this.nodeBus.serve(SUBJECTS.nodeCommand('node-1', verb), async ({ id, epoch, body }) => {
        this.requests.push({ verb, id, epoch });
        const code = this.answer(verb);
        if (code === undefined) {
          return new Promise(() => {});
        }
        if (code === 'OK' && verb === 'spawn') {
          this.node.obey({ verb, node: 'node-1', body: body as SpawnCommand }, epoch);
        }
        return { code, message: '', maxEpoch: Math.max(this.maxEpoch, epoch) };
      });
    }
    this.supervisor.start();
  }

  async run(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 200) {
      if (passed % HEARTBEAT_MS === 0) {
        this.speak(this.node.heartbeat());
      }
      await turn();
      this.clock.advance(200);
      await turn();
    }
  }

  speak(body: NodeHeartbeat): void {
    this.nodeBus.publish(SUBJECTS.nodeHeartbeat(body.node), { type: 'node.heartbeat', id: 'x', epoch: 0, body });
  }

  async ask(): Promise<SupervisorStatus> {
    return (await this.nodeBus.requestJson(SUBJECTS.supervisorStatus, 1_000)) as SupervisorStatus;
  }

  count(verb: string): number {
    return this.requests.filter((request) => request.verb === verb).length;
  }
}

function orThrow<T>(value: T | Error): T {
  if (value instanceof Error) {
    throw value;
  }
  return value;
}

const codesOf = ({ alerts }: SupervisorStatus) => alerts.map(({ code }) => code);

describe('supervisor', () => {
  test('places the jobs under its leader epoch and tells of it', async () => {
    const rig = new Rig();
    await rig.run(6_000);
    expect(rig.requests.every(({ epoch }) => epoch === 7)).toBe(true);
    const status = await rig.ask();
    expect(status).toMatchObject({
      environment: 'test',
      supervisor: { id: 'supervisor/1', version: '1.2.3', epoch: 7, acting: true },
      summary: { jobs: 2, running: 2 },
      nodes: [{ node: 'node-1', state: 'live', actors: 2 }],
      alerts: [],
    });
  });

  test('answers, and shows what runs, while it cannot get a leader epoch', async () => {
    const rig = new Rig({ epoch: new ReplicationError('ERG_5001', 'the state database is away') });
    rig.node.obey(
      {
        verb: 'spawn',
        node: 'node-1',
        body: { job: { kind: 'sink', name: 'sink.orders.0', pipeline: 'orders', partition: 0 }, placeEpoch: 5 },
      },
      3,
    );
    await rig.run(6_000);
    const status = await rig.ask();
    expect(status.supervisor).toMatchObject({ epoch: 0, acting: false });
    expect(codesOf(status)).toContain('ERG_5001');
    expect(status.jobs.find(({ job }) => job.name === 'sink.orders.0')?.state).toBe('running');
    expect(rig.requests).toEqual([]);
    rig.epoch = 8;
    await rig.run(10_000);
    expect(await rig.ask()).toMatchObject({ supervisor: { epoch: 8, acting: true }, summary: { running: 2 } });
  });

  test('tells which topic it does not know, and goes on when Kafka is back', async () => {
    const rig = new Rig({ partitions: new ReplicationError('ERG_1204', 'Kafka is away') });
    await rig.run(6_000);
    expect(codesOf(await rig.ask())).toEqual(['ERG_1204']);
    rig.partitions = 2;
    await rig.run(10_000);
    expect(await rig.ask()).toMatchObject({ summary: { running: 2 }, alerts: [] });
  });

  test('acts no more when a node has heard a newer supervisor', async () => {
    const rig = new Rig();
    await rig.run(6_000);
    rig.node.actors.clear();
    rig.answer = () => 'STALE_EPOCH';
    rig.maxEpoch = 9;
    await rig.run(3_000);
    const before = rig.requests.length;
    await rig.run(20_000);
    expect(rig.requests).toHaveLength(before);
    const status = await rig.ask();
    expect(status.supervisor.acting).toBe(false);
    expect(codesOf(status)).toContain('ERG_6001');
  });

  test('repeats a command that was not answered with the same id, three times at most', async () => {
    const rig = new Rig();
    rig.answer = (verb) => (verb === 'spawn' ? undefined : 'OK');
    await rig.run(10_000);
    const spawns = Map.groupBy(
      rig.requests.filter(({ verb }) => verb === 'spawn'),
      ({ id }) => id,
    );
    const tries = [...spawns.values()].map((requests) => requests.length);
    expect(tries.slice(0, 2)).toEqual([3, 3]);
    expect(Math.max(...tries)).toBe(3);
  });

  test('quarantines what its only node refuses', async () => {
    const rig = new Rig();
    rig.answer = (verb) => (verb === 'spawn' ? 'FAILED' : 'OK');
    await rig.run(12_000);
    const status = await rig.ask();
    expect(status.jobs.map(({ state }) => state)).toEqual(['quarantined', 'quarantined']);
    expect(codesOf(status)).toEqual(['ERG_6004', 'ERG_6004']);
    expect(rig.count('spawn')).toBe(6);
  });

  test('never places the jobs of a pipeline that has no adapter, says so, and runs the others', async () => {
    const rig = new Rig({ settings: WITH_ORACLE });
    await rig.run(12_000);
    const { jobs, alerts, summary } = await rig.ask();
    expect(jobs.map(({ job, state }) => `${job.name} ${state}`)).toEqual([
      'sink.orders.0 running',
      'sink.orders.1 running',
      'sink.history.0 refused',
      'sink.history.1 refused',
    ]);
    expect(jobs[2]?.reason).toMatch(/^ERG_8002: .*oracle/);
    expect(alerts).toMatchObject([{ code: 'ERG_8002', message: expect.stringContaining('history is not run') }]);
    expect(summary).toMatchObject({ jobs: 4, running: 2 });
    expect([...rig.node.actors.keys()]).toEqual(['sink.orders.0', 'sink.orders.1']);
  });

  test('sends nothing while NATS is away, and counts no node as dead for that time', async () => {
    const rig = new Rig();
    await rig.run(6_000);
    const before = rig.requests.length;
    rig.network.goDown();
    await rig.run(30_000);
    rig.network.comeUp();
    await rig.run(10_000);
    expect(rig.requests).toHaveLength(before);
    expect(await rig.ask()).toMatchObject({ summary: { running: 2 }, alerts: [], supervisor: { acting: true } });
  });

  test('counts no node as dead when it stood still itself', async () => {
    const rig = new Rig();
    await rig.run(6_000);
    const before = rig.requests.length;
    const look = rig.clock.monotonicMs();
    // The clock jumps as it does for a process that was stopped: one look, long after the last one.
    Object.defineProperty(rig.clock, 'monotonicMs', { value: () => look + 60_000, configurable: true });
    rig.clock.advance(200);
    await turn();
    expect((await rig.ask()).nodes).toMatchObject([{ state: expect.stringMatching(/live|silent/) }]);
    expect(rig.requests).toHaveLength(before);
  });

  test('drops heartbeats that it cannot read', async () => {
    const rig = new Rig();
    rig.speak({ ...rig.node.heartbeat(), node: 'node-9', actors: 'many' } as unknown as NodeHeartbeat);
    await rig.run(4_000);
    expect((await rig.ask()).nodes.map(({ node }) => node)).toEqual(['node-1']);
  });

  test('says when two processes have the name of one node', async () => {
    const rig = new Rig();
    await rig.run(6_000);
    rig.speak({ ...rig.node.heartbeat(), boot: 'other', startedMs: 0, actors: [] });
    await turn();
    const status = await rig.ask();
    expect(codesOf(status)).toEqual(['ERG_6006']);
    expect(status.summary.running).toBe(2);
  });
});
