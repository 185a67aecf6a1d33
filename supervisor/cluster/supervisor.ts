/**
 * Hears the nodes, decides, commands, and answers how everything is. All decisions are made in `Reconciler`; this file
 * only brings it what it looks at, and sends what it says.
 *
 * It keeps nothing that must survive: kill it at any time, actors run on, and the next one adopts them.
 */
import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import type { FindingCounts } from '../../actors/state/finding.ts';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { StreamAdmin } from '../../actors/stream/stream-admin.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Envelope, Reply } from '../../protocol/message/envelope.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { SupervisorStatus, UnwrittenTotal } from '../../protocol/message/supervisor-status.ts';
import { listRefusedPipelines } from '../../protocol/settings/list-refused-pipelines.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { AlertBook } from '../status/alert-book.ts';
import { alertVerification } from '../status/alert-verification.ts';
import { buildStatus, type ClusterView } from '../status/build-status.ts';
import { collectAlerts, type Troubles } from '../status/collect-alerts.ts';
import { fitStatus, MAX_STATUS_BYTES } from '../status/fit-status.ts';
import { JobCounters } from '../status/job-counters.ts';
import { StateWatch } from '../status/state-watch.ts';
import type { Command } from './choose-commands.ts';
import { CommandSender } from './command-sender.ts';
import { Leadership } from './leadership.ts';
import { NodeRegistry } from './node-registry.ts';
import { PlaceBook } from './place-book.ts';
import { readHeartbeat } from './read-heartbeat.ts';
import { Reconciler } from './reconciler.ts';
import { TopicWatch } from './topic-watch.ts';

export interface SupervisorParts {
  readonly settings: Settings;
  /** Different in each process. */
  readonly id: string;
  readonly version: string;
  readonly bus: MessageBus;
  readonly state: Pick<StateDatabase, 'ensureSchema' | 'nextLeaderEpoch' | 'findings' | 'unwrittenColumns'>;
  readonly admin: Pick<StreamAdmin, 'ensureTopic' | 'readPartitionCount'>;
  /** What serves while this supervisor leads; both are idempotent. */
  readonly services: readonly { start(): void; stop(): void }[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Within [0, 1). */
  readonly random: () => number;
}

/** Looks per heartbeat: what a heartbeat says is acted on soon, and an idle look costs next to nothing. */
const LOOKS_PER_HEARTBEAT = 5;
const MAX_LOOK_EVERY_MS = 200;
/** Rows of partitions: as many as the status has room for. */
const MAX_UNWRITTEN = 500;

export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #lookEveryMs: number;
  readonly #startedWallMs: number;
  readonly #refused: ReadonlyMap<string, string>;
  readonly #nodes: NodeRegistry;
  readonly #book = new PlaceBook();
  readonly #counters = new JobCounters();
  readonly #alerts = new AlertBook();
  readonly #reconciler: Reconciler;
  readonly #leadership: Leadership;
  readonly #topics: TopicWatch;
  readonly #findings: StateWatch<readonly FindingCounts[]>;
  readonly #unwritten: StateWatch<readonly UnwrittenTotal[]>;
  readonly #sender: CommandSender;
  readonly #subscriptions = new DisposableStack();
  #lookedMs: number;
  #wasConnected = false;
  #cancelLook: () => void = () => {};

  constructor(parts: SupervisorParts) {
    const { settings, clock, log, bus, id } = parts;
    const { heartbeatEvery, nodeDeadAfter } = settings.supervisor;
    this.#parts = parts;
    this.#lookEveryMs = Math.min(MAX_LOOK_EVERY_MS, heartbeatEvery / LOOKS_PER_HEARTBEAT);
    this.#startedWallMs = clock.wallMs();
    this.#lookedMs = clock.monotonicMs();
    this.#nodes = new NodeRegistry({ heartbeatEveryMs: heartbeatEvery, deadAfterMs: nodeDeadAfter }, this.#lookedMs);
    this.#refused = listRefusedPipelines(settings);
    const refused = this.#refused;
    this.#reconciler = new Reconciler({ settings, refused, nodes: this.#nodes, book: this.#book, log });
    this.#leadership = new Leadership(parts);
    this.#topics = new TopicWatch(parts);
    this.#findings = new StateWatch({ read: () => parts.state.findings.count(), clock });
    this.#unwritten = new StateWatch({ read: () => parts.state.unwrittenColumns.list(MAX_UNWRITTEN), clock });
    this.#sender = new CommandSender({
      bus,
      subjects: buildSubjects(settings.environment),
      clock,
      log,
      timeoutMs: settings.nats.requestTimeout,
      idPrefix: id,
      actingEpoch: () => (this.#isActing() ? this.#leadership.leading?.epoch : undefined),
      onReply: (command, reply) => this.#takeReply(command, reply),
      onSilence: (command, reason) => this.#refuse(command, reason),
    });
  }

  /** Answers at once; acts as soon as it has a leader epoch and has heard the nodes. */
  start(): void {
    const { bus, settings, log, id } = this.#parts;
    const subjects = buildSubjects(settings.environment);
    this.#subscriptions.use(bus.serveJson(subjects.supervisorStatus, () => this.status()));
    this.#subscriptions.use(bus.listen(subjects.anyNodeHeartbeat, (message) => this.#hear(message)));
    this.#subscriptions.use(bus.onReconnect(() => this.#restartHearing('NATS was away')));
    log.event('supervisor.started', { id });
    this.#topics.start();
    this.#look();
  }

  /** Ends at once; actors run on. Idempotent. */
  stop(): void {
    this.#cancelLook();
    this.#leadership.stop();
    this.#topics.stop();
    this.#findings.stop();
    this.#unwritten.stop();
    this.#serve(false);
    if (!this.#subscriptions.disposed) {
      this.#subscriptions.dispose();
      this.#parts.log.event('supervisor.stopped', { id: this.#parts.id });
    }
  }

  status(): SupervisorStatus {
    const { settings, id, version } = this.#parts;
    const { nowMs, wallMs } = this.#times();
    const { held, isFrozen } = this.#reconciler;
    const records = this.#book.records;
    const nodes = this.#nodes.list;
    const troubles: Troubles = {
      records,
      held,
      refused: this.#refused,
      nodes,
      doubleNodes: this.#nodes.listDoubles(nowMs),
      hasSettled: this.#nodes.hasSettled(nowMs),
      isFrozen,
      leading: this.#leadership.problem,
      findings: this.#findings.problem,
      topics: this.#topics.problems,
      nowMs,
      wallMs,
    };
    const dateAlerts: ClusterView['dateAlerts'] = (verification) => {
      const ofRows = alertVerification(verification, settings.pipelines, wallMs);
      return this.#alerts.date([...collectAlerts(troubles), ...ofRows], wallMs);
    };
    const epoch = this.#leadership.epoch;
    const status = buildStatus({
      settings,
      supervisor: { id, version, epoch, startedMs: this.#startedWallMs, acting: this.#isActing() },
      nodes,
      records,
      held,
      refused: this.#refused,
      allJobsKnown: this.#topics.areAllKnown,
      rates: this.#counters.rates,
      latencies: this.#counters.latencies,
      findings: this.#findings.rows ?? [],
      unwrittenColumns: this.#unwritten.rows ?? [],
      findingsAgeMs: this.#findings.ageMs,
      dateAlerts,
      nowMs,
      wallMs,
    });
    return fitStatus(status, MAX_STATUS_BYTES);
  }

  #isActing(): boolean {
    return this.#leadership.leading !== undefined && this.#nodes.hasSettled(this.#parts.clock.monotonicMs());
  }

  #hear({ body }: Envelope): void {
    const heartbeat = readHeartbeat(body);
    if (heartbeat === undefined) {
      this.#parts.log.event('node.unreadable', {});
      return;
    }
    const hearing = this.#nodes.hear(heartbeat, this.#parts.clock.monotonicMs());
    if (hearing === 'new') {
      const { node, boot, pid, actors } = heartbeat;
      this.#parts.log.event('node.heard', { node, boot, pid, actors: actors.length });
    }
    if (hearing === 'new' || hearing === 'known') {
      this.#leadership.observe(heartbeat.maxEpoch, heartbeat.node);
    }
  }

  #look(): void {
    const { clock, bus } = this.#parts;
    const { nowMs } = this.#times();
    if (nowMs - this.#lookedMs > this.#lookEveryMs + this.#parts.settings.supervisor.nodeDeadAfter / 2) {
      this.#restartHearing('this process stood still'); // what it missed lies unread in its socket
    }
    this.#lookedMs = nowMs;
    this.#leadership.seek();
    this.#serve(this.#leadership.leading !== undefined);
    if (this.#leadership.epoch > 0) {
      this.#unwritten.start();
      this.#findings.start(); // not before the state database has its tables
    }
    if (bus.isConnected) {
      this.#wasConnected = true;
      this.#reconcile();
    }
    this.#cancelLook = clock.after(this.#lookEveryMs, () => this.#look());
  }

  #serve(isLeading: boolean): void {
    for (const service of this.#parts.services) {
      if (isLeading) {
        service.start();
      } else {
        service.stop();
      }
    }
  }

  #reconcile(): void {
    const commands = this.#reconciler.look(this.#leadership.leading, this.#topics.partitionCounts, this.#times());
    this.#counters.follow(this.#book.records);
    this.#sender.sendAll(commands);
  }

  #restartHearing(reason: string): void {
    this.#nodes.restartHearing(this.#parts.clock.monotonicMs());
    if (this.#wasConnected) {
      this.#parts.log.event('supervisor.settling', { reason });
    }
  }

  #takeReply(command: Command, reply: Reply): void {
    switch (reply.code) {
      case 'OK':
        if (command.verb === 'spawn') {
          const { job, placeEpoch } = command.body;
          this.#reconciler.accept(job.name, placeEpoch, this.#parts.clock.monotonicMs());
        }
        return;
      case 'STALE_EPOCH':
        this.#leadership.observe(reply.maxEpoch, command.node);
        return;
      case 'BUSY':
      case 'DRAINING':
      case 'STALE_PLACE':
      case 'UNKNOWN_ACTOR':
        return; // the next heartbeat shows what is so
      default:
        this.#refuse(command, `ERG_6007: ${command.node} answers ${reply.code}: ${reply.message}`);
    }
  }

  #refuse(command: Command, reason: string): void {
    if (command.verb === 'spawn') {
      const { job, placeEpoch } = command.body;
      this.#reconciler.refuse(job.name, placeEpoch, reason, this.#times());
    }
  }

  #times(): { readonly nowMs: number; readonly wallMs: number } {
    return { nowMs: this.#parts.clock.monotonicMs(), wallMs: this.#parts.clock.wallMs() };
  }
}
