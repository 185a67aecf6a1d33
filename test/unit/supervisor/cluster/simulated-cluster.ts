/** Nodes that obey, seen through the reconciler only: no bus and no time of their own. */
import { type LogFields, type Logger, silentLogger } from '../../../../protocol/log/logger.ts';
import type { SinkDetail } from '../../../../protocol/message/actor-status.ts';
import type { Job } from '../../../../protocol/message/job.ts';
import { EMPTY_LATENCY } from '../../../../protocol/message/latency-histogram.ts';
import type { ActorReport, NodeHeartbeat } from '../../../../protocol/message/node-message.ts';
import type { Settings } from '../../../../protocol/settings/settings-schema.ts';
import type { Command } from '../../../../supervisor/cluster/choose-commands.ts';
import { NodeRegistry } from '../../../../supervisor/cluster/node-registry.ts';
import { PlaceBook } from '../../../../supervisor/cluster/place-book.ts';
import { PlaceEpochs } from '../../../../supervisor/cluster/place-epochs.ts';
import { Reconciler } from '../../../../supervisor/cluster/reconciler.ts';

const HEARTBEAT_MS = 1_000;
export const DEAD_MS = 3_000;
const LOOK_MS = 200;
/** The sender does not repeat a command sooner. */
const REPEAT_AFTER_MS = 2_000;

export interface SimulatedActor {
  readonly job: Job;
  readonly placeEpoch: number;
  state: ActorReport['status']['state'];
  reason: string | undefined;
  givenUp: boolean;
  restarts: number;
}

export class SimulatedNode {
  readonly name: string;
  readonly actors = new Map<string, SimulatedActor>();
  boot: string;
  startedMs: number;
  maxEpoch = 0;
  draining = false;
  /** Sends heartbeats and hears commands. */
  isUp = true;
  /** Jobs whose actors fail here at once, and for good. */
  readonly poison = new Set<string>();
  /** Actors stay starting. */
  isSlow = false;
  readonly obeyed: Command[] = [];

  constructor(name: string, startedMs: number) {
    this.name = name;
    this.boot = `${name}-${startedMs}`;
    this.startedMs = startedMs;
  }

  /** The process died and a new one has the same name. */
  restart(nowMs: number): void {
    this.actors.clear();
    this.startedMs = nowMs;
    this.boot = `${this.name}-${nowMs}`;
    this.maxEpoch = 0;
    this.isUp = true;
    this.draining = false;
  }

  heartbeat(): NodeHeartbeat {
    return {
      node: this.name,
      boot: this.boot,
      pid: 1,
      version: '0.0.0',
      startedMs: this.startedMs,
      draining: this.draining,
      maxEpoch: this.maxEpoch,
      eventLoopLagMs: 0,
      rssBytes: 0,
      cpuSeconds: 0,
      actors: [...this.actors.values()].map(buildReport),
    };
  }

  /** @returns false when nobody answers */
  obey(command: Command, epoch: number): boolean {
    if (!this.isUp) {
      return false;
    }
    this.obeyed.push(command);
    this.maxEpoch = Math.max(this.maxEpoch, epoch);
    if (command.verb === 'spawn') {
      const { job, placeEpoch } = command.body;
      const isPoisoned = this.poison.has(job.name);
      const state = isPoisoned ? 'failed' : this.isSlow ? 'starting' : 'running';
      const reason = isPoisoned ? 'ERG_3005: the table is missing' : undefined;
      this.actors.set(job.name, { job, placeEpoch, state, reason, givenUp: isPoisoned, restarts: 0 });
    } else if (command.verb === 'stop') {
      const actor = this.actors.get(command.body.jobName);
      if (actor !== undefined && actor.placeEpoch <= command.body.placeEpoch) {
        this.actors.delete(command.body.jobName);
      }
    }
    return true;
  }
}

export class SimulatedCluster {
  readonly nodes = new Map<string, SimulatedNode>();
  readonly counts: Map<string, number>;
  readonly #settings: Settings;
  nowMs = 1_000_000;
  epoch = 0;
  registry!: NodeRegistry;
  book!: PlaceBook;
  reconciler!: Reconciler;
  #places!: PlaceEpochs;
  readonly #sentMs = new Map<string, number>();
  /** Every command that a node took. */
  readonly sent: Command[] = [];
  readonly events: { readonly name: string; readonly fields: LogFields }[] = [];

  /** @param verification of every pipeline */
  constructor(pipelines: Readonly<Record<string, number>>, captures: readonly string[] = [], verification?: object) {
    this.counts = new Map(Object.entries(pipelines).map(([name, partitions]) => [`topic.${name}`, partitions]));
    for (const name of captures) {
      this.counts.set(`topic.${name}`, 1);
    }
    // Only what decides which jobs are wanted.
    this.#settings = {
      captures: Object.fromEntries(captures.map((name) => [name, { topic: `topic.${name}` }])),
      pipelines: Object.fromEntries(
        Object.keys(pipelines).map((name) => [name, { source: { topic: `topic.${name}` }, apply: true, verification }]),
      ),
    } as unknown as Settings;
    this.startSupervisor();
  }

  /** A new supervisor, which knows nothing. */
  startSupervisor(): void {
    this.epoch++;
    this.#places = new PlaceEpochs(this.epoch);
    this.registry = new NodeRegistry({ heartbeatEveryMs: HEARTBEAT_MS, deadAfterMs: DEAD_MS }, this.nowMs);
    this.book = new PlaceBook();
    const log: Logger = { ...silentLogger, event: (name, fields = {}) => this.events.push({ name, fields }) };
    this.reconciler = new Reconciler({
      settings: this.#settings,
      refused: new Map(),
      nodes: this.registry,
      book: this.book,
      log,
    });
  }

  addNode(name: string): SimulatedNode {
    const node = new SimulatedNode(name, this.nowMs);
    this.nodes.set(name, node);
    return node;
  }

  /** Lets time pass: heartbeats, looks, commands that are obeyed at once. */
  run(ms: number): void {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; ) {
      this.nowMs += LOOK_MS;
      if (this.nowMs % HEARTBEAT_MS === 0) {
        for (const node of this.nodes.values()) {
          if (node.isUp) {
            this.registry.hear(node.heartbeat(), this.nowMs);
          }
        }
      }
      this.look();
    }
  }

  look(): Command[] {
    const times = { nowMs: this.nowMs, wallMs: this.nowMs };
    const commands = this.reconciler.look({ epoch: this.epoch, places: this.#places }, this.counts, times);
    for (const command of commands) {
      const key = JSON.stringify(command);
      if (this.nowMs - (this.#sentMs.get(key) ?? 0) < REPEAT_AFTER_MS) {
        continue;
      }
      this.#sentMs.set(key, this.nowMs);
      if (this.nodes.get(command.node)?.obey(command, this.epoch)) {
        this.sent.push(command);
        if (command.verb === 'spawn') {
          this.reconciler.accept(command.body.job.name, command.body.placeEpoch, this.nowMs);
        }
      }
    }
    return commands;
  }

  /** Job name to the nodes that run it. */
  whereabouts(): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const node of this.nodes.values()) {
      for (const job of node.isUp ? node.actors.keys() : []) {
        found[job] = [...(found[job] ?? []), node.name];
      }
    }
    return found;
  }

  loads(): number[] {
    return [...this.nodes.values()].filter(({ isUp }) => isUp).map(({ actors }) => actors.size);
  }
}

export const SETTLED_MS = DEAD_MS + 3_000;

/** Eight sinks and a capture on running nodes. */
export function aRunningCluster(nodes: number): SimulatedCluster {
  const cluster = new SimulatedCluster({ orders: 8 }, ['source']);
  for (let index = 1; index <= nodes; index++) {
    cluster.addNode(`node-${index}`);
  }
  cluster.run(SETTLED_MS);
  return cluster;
}

function buildReport({ job, placeEpoch, state, reason, givenUp, restarts }: SimulatedActor): ActorReport {
  const detail = job.kind === 'sink' ? aSinkDetail() : { kind: job.kind };
  // The detail of another one does not matter to placement.
  return { job, placeEpoch, restarts, givenUp, status: { state, reason, sinceMs: 0, detail } } as ActorReport;
}

export function aSinkDetail(overrides: Partial<SinkDetail> = {}): SinkDetail {
  const zero = { records: 0, changes: 0, applied: 0, written: 0, filtered: 0, repeated: 0, findings: 0, refused: 0 };
  return {
    kind: 'sink',
    topic: 'cdc.order',
    group: 'g',
    committedOffset: '0',
    endOffset: '0',
    lagRecords: 0,
    lagSeconds: 0,
    queuedChanges: 0,
    queuedBytes: 0,
    counts: { ...zero, tombstones: 0, batches: 0, retries: 0 },
    lanes: [],
    parked: [],
    oddities: { emptyRecords: 0, repeatedColumns: 0, refusedCommitTimes: 0, controlRecords: 0, unknownFields: [] },
    unwrittenColumns: [],
    latency: EMPTY_LATENCY,
    ...overrides,
  };
}
