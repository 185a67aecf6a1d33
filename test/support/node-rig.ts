/** A node host on a clock that a test moves, with actors that do what a test says, and a supervisor that asks. */
import type { Actor } from '../../actors/runtime/actor.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ActorState, ActorStatus } from '../../protocol/message/actor-status.ts';
import type { Reply } from '../../protocol/message/envelope.ts';
import { type Job, sinkJob } from '../../protocol/message/job.ts';
import type { ActorReport, NodeHeartbeat } from '../../protocol/message/node-message.ts';
import { buildSubjects, type NodeVerb } from '../../protocol/message/subjects.ts';
import { buildEmptyStatus } from '../../supervisor/node/empty-status.ts';
import { NodeHost, type NodeHostOptions } from '../../supervisor/node/node-host.ts';
import { MemoryLogger } from './capture-rig.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryNetwork } from './memory-bus.ts';

export const BUDGET = { restarts: 5, withinMs: 60_000 };
export const HEARTBEAT_MS = 1_000;

/** Starts at once, and stops and drains when told to, unless a test holds it. */
export class ScriptedActor implements Actor {
  readonly job: Job;
  readonly placeEpoch: number;
  /** Everything it was asked for, in order. */
  readonly calls: string[] = [];
  state: ActorState = 'starting';
  reason: string | undefined;
  holdStart: Promise<void> | undefined;
  holdDrain: Promise<void> | undefined;
  holdStop: Promise<void> | undefined;
  readonly #ended = Promise.withResolvers<Error | undefined>();

  constructor(job: Job, placeEpoch: number, script: ActorScript) {
    this.job = job;
    this.placeEpoch = placeEpoch;
    script(this);
  }

  get ended(): Promise<Error | undefined> {
    return this.#ended.promise;
  }

  get isAlive(): boolean {
    return this.calls.includes('start') && this.state !== 'stopped' && this.state !== 'failed';
  }

  async start(): Promise<void> {
    this.calls.push('start');
    await this.holdStart;
    if (this.state === 'starting') {
      this.state = 'running';
    }
  }

  async drain(deadlineMs: number): Promise<void> {
    this.calls.push(`drain ${deadlineMs}`);
    this.state = 'draining';
    await Promise.race([this.holdDrain, this.ended]);
    this.#end('stopped', undefined);
  }

  async stop(): Promise<void> {
    this.calls.push('stop');
    await this.holdStop;
    this.#end('stopped', undefined);
  }

  fail(error: Error | undefined): void {
    this.reason = error?.message;
    this.#end('failed', error);
  }

  status(): ActorStatus {
    return buildEmptyStatus(this.job, this.state, this.reason, 0);
  }

  #end(state: ActorState, error: Error | undefined): void {
    if (this.state !== 'failed') {
      this.state = state;
    }
    this.#ended.resolve(error);
  }
}

export type ActorScript = (actor: ScriptedActor) => void;

export const transient = (): ReplicationError => new ReplicationError('ERG_1204', 'Kafka is away');

export class NodeRig {
  readonly clock = new ManualClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly logger = new MemoryLogger();
  readonly heartbeats: NodeHeartbeat[] = [];
  readonly actors: ScriptedActor[] = [];
  superseded = 0;
  /** What the next actors do. */
  script: ActorScript = () => {};
  readonly subjects = buildSubjects('test');
  readonly supervisor = this.network.open('supervisor/1', this.logger);
  readonly host: NodeHost;
  #lastId = 0;

  constructor(options: Partial<NodeHostOptions> = {}) {
    this.supervisor.listen(this.subjects.anyNodeHeartbeat, ({ body }) => {
      this.heartbeats.push(body as NodeHeartbeat);
    });
    this.host = new NodeHost({
      environment: 'test',
      node: 'n1',
      boot: 'b1',
      version: '0.1.0',
      heartbeatEveryMs: HEARTBEAT_MS,
      restartBudget: BUDGET,
      bus: this.network.open('n1/b1', this.logger),
      createActor: (job, placeEpoch) => {
        const actor = new ScriptedActor(job, placeEpoch, (made) => this.script(made));
        this.actors.push(actor);
        return actor;
      },
      readGauges: () => ({ eventLoopLagMs: 1, rssBytes: 2, cpuSeconds: 3 }),
      clock: this.clock,
      random: () => 0.999,
      logger: this.logger,
      onSuperseded: () => {
        this.superseded++;
      },
      ...options,
    });
  }

  get newest(): NodeHeartbeat {
    return this.heartbeats.at(-1)!;
  }

  get lastActor(): ScriptedActor {
    return this.actors.at(-1)!;
  }

  async start(): Promise<void> {
    this.host.start();
    await this.settle();
  }

  command(verb: NodeVerb, body: unknown, epoch = 1): Promise<Reply> {
    const id = `c${++this.#lastId}`;
    return this.supervisor.request(this.subjects.nodeCommand('n1', verb), { type: verb, id, epoch, body }, 2_000);
  }

  spawn(placeEpoch: number, { epoch = 1, job = sinkJob('p', 0) }: { epoch?: number; job?: Job } = {}): Promise<Reply> {
    return this.command('spawn', { job, placeEpoch }, epoch);
  }

  stopActor(placeEpoch: number, drainMs = 0, jobName = 'sink.p.0'): Promise<Reply> {
    return this.command('stop', { jobName, placeEpoch, drainMs });
  }

  /** What the newest heartbeat tells of a job, after whatever is under way has been told. */
  async report(jobName = 'sink.p.0'): Promise<ActorReport | undefined> {
    await this.advance(100);
    return this.newest.actors.find(({ job }) => job.name === jobName);
  }

  /** Moves the clock, and lets everything happen that follows from it. */
  async advance(ms: number): Promise<void> {
    await this.settle();
    this.clock.advance(ms);
    await this.settle();
  }

  /** All that can happen without the clock has happened. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
