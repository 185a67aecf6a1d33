import type { ActorStatus, BreakerDetail } from './actor-status.ts';
import type { ActiveFault } from './fault-order.ts';
import type { Job } from './job.ts';

/**
 * Starts an actor. Answered OK when it has been accepted, also when it runs here already; whether it runs is told by the
 * heartbeat. STALE_PLACE when a higher place epoch was here before, or when this very place has been stopped; a higher
 * place epoch than that of a running actor replaces it. DRAINING when the node takes no more.
 */
export interface SpawnCommand {
  readonly job: Job;
  /** Generation of the actor's place; a higher one fences all lower ones at Kafka and at the target. */
  readonly placeEpoch: number;
}

/**
 * Ends an actor and its place for good. Answered OK when it has been accepted; the actor has ended when the heartbeat does
 * not tell of it any more. UNKNOWN_ACTOR when the node has no such actor, which is as good. STALE_PLACE when its place is a
 * higher one.
 */
export interface StopCommand {
  readonly jobName: string;
  /** Never stops an actor of a higher place epoch. */
  readonly placeEpoch: number;
  /** 0 ends it at once. */
  readonly drainMs: number;
}

/** Drains every actor and takes no more until the process is started anew. Answered OK when it has been accepted. */
export interface DrainCommand {
  readonly drainMs: number;
}

export interface ActorReport {
  readonly job: Job;
  readonly placeEpoch: number;
  readonly status: ActorStatus;
  /** Restarts on this node since it was placed here. */
  readonly restarts: number;
  /** True when it will not be started again here: its budget is spent, it is fenced, or it ended without being told to. */
  readonly givenUp: boolean;
}

/** Sent every second with everything the node runs; never a difference, so a lost one costs a second. */
export interface NodeHeartbeat {
  readonly node: string;
  /** Random per process start. */
  readonly boot: string;
  readonly pid: number;
  readonly version: string;
  readonly startedMs: number;
  readonly draining: boolean;
  readonly maxEpoch: number;
  readonly eventLoopLagMs: number;
  readonly rssBytes: number;
  readonly cpuSeconds: number;
  readonly actors: readonly ActorReport[];
  /** Switched on on purpose; undefined: none. */
  readonly faults?: readonly ActiveFault[] | undefined;
  /** Those of the process that are not simply closed, whichever of its actors write or read the shard; undefined: none. */
  readonly breakers?: readonly BreakerDetail[] | undefined;
}
