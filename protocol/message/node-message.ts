import type { ActorStatus } from './actor-status.ts';
import type { Job } from './job.ts';

/** Starts an actor. Answered OK when it has been accepted; whether it runs is told by the heartbeat. */
export interface SpawnCommand {
  readonly job: Job;
  /** Generation of the actor's place; a higher one fences all lower ones at Kafka and at the target. */
  readonly placeEpoch: number;
}

export interface StopCommand {
  readonly jobName: string;
  /** Never stops an actor of a higher place epoch. */
  readonly placeEpoch: number;
  /** 0 ends it at once. */
  readonly drainMs: number;
}

export interface ActorReport {
  readonly job: Job;
  readonly placeEpoch: number;
  readonly status: ActorStatus;
  /** Restarts on this node since it was placed here. */
  readonly restarts: number;
  /** True when its restart budget is spent: it will not be started again here. */
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
}
