export interface DrainServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** What a run is given: a full topic and an empty table. */
export interface DrainRun {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  readonly natsUrl: string;
  readonly target: DrainServer;
  readonly state: DrainServer;
  /** Unique per run; for groups and names. */
  readonly id: string;
  /** Folder for logs, settings and profiles. */
  readonly folder: string;
  readonly profile: boolean;
}

/** A contestant at work: processes that drain the topic. */
export interface RunningContestant {
  readonly pids: readonly number[];
  /** True when it ends after the last change; otherwise it goes on waiting for more. */
  readonly endsByItself: boolean;
  /** False while it certainly has more to do. @throws Error when it died */
  isDone(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface Contestant {
  readonly name: string;
  readonly title: string;
  start(run: DrainRun): Promise<RunningContestant>;
}
