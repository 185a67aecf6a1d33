/**
 * Runs actors as the supervisor says, and tells with every heartbeat all that it runs.
 *
 * What it decides alone is only what cannot wait: an actor that failed is started again within its budget. It never
 * starts what it was not told to start, and without NATS it goes on with what it has.
 *
 * Commands are refused when a newer supervisor has spoken (leader epoch), and when the place that they mean is older
 * than one that was here before (place epoch); the same command twice does what it does once. What the host does per
 * command and per heartbeat is all it costs: it is not on the way of a change.
 */
import type { Actor } from '../../actors/runtime/actor.ts';
import type { Answer, MessageBus } from '../../actors/runtime/message-bus.ts';
import type { Clock } from '../../protocol/clock.ts';
import { unreachable } from '../../protocol/errors/unreachable.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { BreakerDetail } from '../../protocol/message/actor-status.ts';
import type { Envelope } from '../../protocol/message/envelope.ts';
import type { ActiveFault } from '../../protocol/message/fault-order.ts';
import type { Job } from '../../protocol/message/job.ts';
import { readDrainCommand, readSpawnCommand, readStopCommand } from '../../protocol/message/node-command-codec.ts';
import type { NodeHeartbeat, SpawnCommand, StopCommand } from '../../protocol/message/node-message.ts';
import { buildSubjects, NODE_VERBS, type NodeVerb } from '../../protocol/message/subjects.ts';
import { ActorSlot } from './actor-slot.ts';
import type { RestartBudget } from './choose-restart.ts';
import { HeartbeatTimer } from './heartbeat-timer.ts';
import type { NodeGauges } from './node-gauges.ts';

export interface NodeHostOptions {
  readonly environment: string;
  readonly node: string;
  /** Random per process start. */
  readonly boot: string;
  readonly version: string;
  readonly heartbeatEveryMs: number;
  readonly restartBudget: RestartBudget;
  readonly bus: MessageBus;
  /** A fresh actor, not started. May throw: that counts as a failed start. */
  readonly createActor: (job: Job, placeEpoch: number) => Actor;
  readonly readGauges: () => NodeGauges;
  /** Those that are switched on on purpose. */
  readonly listFaults?: () => readonly ActiveFault[];
  /** Those that are not simply closed. */
  readonly listBreakers?: () => readonly BreakerDetail[];
  readonly clock: Clock;
  /** Within [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** A process that started later uses the same name; this one has to end. */
  readonly onSuperseded: () => void;
}

/** Ended places that are remembered; far more than a node ever has. */
const MAX_ENDED_PLACES = 10_000;

type Refusal = Pick<Answer, 'code' | 'message'>;
const OK: Refusal = { code: 'OK', message: '' };

export class NodeHost {
  readonly #options: NodeHostOptions;
  readonly #subjects: ReturnType<typeof buildSubjects>;
  readonly #startedMs: number;
  readonly #slots = new Map<string, ActorSlot>();
  /** Job name to the highest place epoch that has been stopped here: a late spawn must not bring it back. */
  readonly #endedPlaces = new Map<string, number>();
  readonly #heartbeats: HeartbeatTimer;
  readonly #serving = new DisposableStack();
  #heartbeatNumber = 0;
  #maxEpoch = 0;
  #isDraining = false;

  constructor(options: NodeHostOptions) {
    const { environment, clock, heartbeatEveryMs } = options;
    this.#options = options;
    this.#subjects = buildSubjects(environment);
    this.#startedMs = clock.wallMs();
    this.#heartbeats = new HeartbeatTimer({ everyMs: heartbeatEveryMs, clock, send: () => this.#sendHeartbeat() });
  }

  start(): void {
    const { bus, node, logger } = this.#options;
    for (const verb of NODE_VERBS) {
      this.#serving.use(
        bus.serve(this.#subjects.nodeCommand(node, verb), async (message) => this.#obey(verb, message)),
      );
    }
    this.#serving.use(bus.listen(this.#subjects.nodeHeartbeat(node), ({ body }) => this.#hearNamesake(body)));
    this.#serving.use(bus.onReconnect(() => this.#heartbeats.hurry()));
    this.#heartbeats.start();
    logger.event('node.started', { pid: process.pid });
  }

  describe(): NodeHeartbeat {
    const { node, boot, version, readGauges, listFaults, listBreakers } = this.#options;
    const faults = listFaults?.() ?? [];
    const breakers = listBreakers?.() ?? [];
    return {
      node,
      boot,
      pid: process.pid,
      version,
      startedMs: this.#startedMs,
      draining: this.#isDraining,
      maxEpoch: this.#maxEpoch,
      ...readGauges(),
      actors: [...this.#slots.values()].map((slot) => slot.report()),
      faults: faults.length === 0 ? undefined : faults,
      breakers: breakers.length === 0 ? undefined : breakers,
    };
  }

  /** Takes nothing more and ends every actor. @returns true when all had ended by the deadline */
  async drain(deadlineMs: number): Promise<boolean> {
    const { clock, logger } = this.#options;
    this.#isDraining = true;
    logger.event('node.draining', { actors: this.#slots.size, deadlineMs });
    this.#heartbeats.hurry();
    const ended = Promise.all([...this.#slots].map(([name, slot]) => this.#endSlot(name, slot, deadlineMs)));
    const deadline = Promise.withResolvers<'late'>();
    const cancel = clock.after(deadlineMs, () => deadline.resolve('late'));
    const outcome = await Promise.race([ended, deadline.promise]);
    cancel();
    if (outcome === 'late') {
      const late = [...this.#slots.keys()];
      logger.event('node.drain.late', { actors: late.join(',') });
      return false;
    }
    return true;
  }

  /** Ends whatever is left at once, tells so, and is heard no more. */
  async stop(): Promise<void> {
    this.#isDraining = true;
    await Promise.all([...this.#slots].map(([name, slot]) => this.#endSlot(name, slot, 0)));
    this.#heartbeats.stop();
    this.#sendHeartbeat();
    this.#serving.dispose();
    this.#options.logger.event('node.stopped');
  }

  #obey(verb: NodeVerb, message: Envelope): Answer {
    const act = this.#plan(verb, message.body);
    const refusal = this.#refuseOlder(message.epoch) ?? act();
    if (refusal.code !== 'OK') {
      this.#options.logger.event('node.command.refused', { verb, code: refusal.code, reason: refusal.message });
    }
    const body = verb === 'inventory' && refusal.code === 'OK' ? this.describe() : undefined;
    return { ...refusal, maxEpoch: this.#maxEpoch, body };
  }

  /** Reads the whole command before anything of it is believed. @throws ReplicationError ERG_6103 */
  #plan(verb: NodeVerb, body: unknown): () => Refusal {
    switch (verb) {
      case 'spawn': {
        const command = readSpawnCommand(body);
        return command === undefined
          ? () => ({ code: 'UNSUPPORTED', message: 'this version has no actor for such a job' })
          : () => this.#spawn(command);
      }
      case 'stop': {
        const command = readStopCommand(body);
        return () => this.#stopActor(command);
      }
      case 'drain': {
        const { drainMs } = readDrainCommand(body);
        return () => this.#startDraining(drainMs);
      }
      case 'inventory':
        return () => OK;
      default:
        return unreachable(verb);
    }
  }

  #refuseOlder(epoch: number): Refusal | undefined {
    if (epoch < this.#maxEpoch) {
      return { code: 'STALE_EPOCH', message: `ERG_6001: leader epoch ${epoch}, but ${this.#maxEpoch} has spoken` };
    }
    if (epoch > this.#maxEpoch) {
      this.#maxEpoch = epoch;
      this.#options.logger.event('node.epoch.raised', { epoch });
    }
    return undefined;
  }

  #spawn({ job, placeEpoch }: SpawnCommand): Refusal {
    const running = this.#slots.get(job.name);
    const ended = this.#endedPlaces.get(job.name) ?? -1;
    if (this.#isDraining) {
      return { code: 'DRAINING', message: 'this node takes no more actors' };
    }
    if (running?.placeEpoch === placeEpoch && placeEpoch > ended) {
      return OK;
    }
    const before = Math.max(running?.placeEpoch ?? -1, ended);
    if (placeEpoch <= before) {
      return { code: 'STALE_PLACE', message: `place epoch ${placeEpoch}, but ${before} was here` };
    }
    const slot = this.#buildSlot(job, placeEpoch);
    this.#slots.set(job.name, slot);
    this.#options.logger.event('node.actor.spawned', { job: job.name, placeEpoch });
    if (running === undefined) {
      slot.start();
    } else {
      running.stop(0).then(
        () => slot.start(),
        () => slot.start(), // the higher place fences what is left of the lower one
      );
    }
    this.#heartbeats.hurry();
    return OK;
  }

  #stopActor({ jobName, placeEpoch, drainMs }: StopCommand): Refusal {
    const slot = this.#slots.get(jobName);
    if (slot !== undefined && slot.placeEpoch > placeEpoch) {
      return { code: 'STALE_PLACE', message: `place epoch ${placeEpoch}, but ${slot.placeEpoch} is here` };
    }
    this.#rememberEnded(jobName, placeEpoch);
    if (slot === undefined) {
      return { code: 'UNKNOWN_ACTOR', message: `${jobName} is not here` };
    }
    this.#endSlot(jobName, slot, drainMs).catch(() => {}); // a slot's stop does not reject
    return OK;
  }

  #startDraining(drainMs: number): Refusal {
    this.drain(drainMs).catch(() => {}); // as above
    return OK;
  }

  async #endSlot(jobName: string, slot: ActorSlot, drainMs: number): Promise<void> {
    this.#rememberEnded(jobName, slot.placeEpoch);
    await slot.stop(drainMs);
    if (this.#slots.get(jobName) === slot) {
      this.#slots.delete(jobName);
      this.#heartbeats.hurry();
    }
  }

  #rememberEnded(jobName: string, placeEpoch: number): void {
    const before = this.#endedPlaces.get(jobName) ?? -1;
    this.#endedPlaces.delete(jobName); // to the end of the order, so that the oldest is forgotten first
    this.#endedPlaces.set(jobName, Math.max(before, placeEpoch));
    if (this.#endedPlaces.size > MAX_ENDED_PLACES) {
      const [oldest] = this.#endedPlaces.keys();
      this.#endedPlaces.delete(oldest ?? '');
    }
  }

  #buildSlot(job: Job, placeEpoch: number): ActorSlot {
    const { createActor, restartBudget, clock, random, logger } = this.#options;
    return new ActorSlot({
      job,
      placeEpoch,
      createActor: () => createActor(job, placeEpoch),
      budget: restartBudget,
      clock,
      random,
      logger: logger.child({ job: job.name, placeEpoch }),
      onChange: () => this.#heartbeats.hurry(),
    });
  }

  #sendHeartbeat(): void {
    const { bus, node, boot } = this.#options;
    if (bus.isConnected) {
      const id = `${boot}-${++this.#heartbeatNumber}`;
      bus.publish(this.#subjects.nodeHeartbeat(node), { type: 'node.heartbeat', id, epoch: 0, body: this.describe() });
    }
  }

  /** Two processes with one name obey the same commands; the one that started later stays, as the supervisor sees it too. */
  #hearNamesake(body: unknown): void {
    const { boot, startedMs } = (body ?? {}) as Partial<NodeHeartbeat>; // looked at here
    if (typeof boot !== 'string' || typeof startedMs !== 'number' || boot === this.#options.boot) {
      return;
    }
    if (startedMs > this.#startedMs || (startedMs === this.#startedMs && boot > this.#options.boot)) {
      this.#options.logger.event('node.superseded', { code: 'ERG_6006', otherBoot: boot });
      this.#options.onSuperseded();
    }
  }
}
