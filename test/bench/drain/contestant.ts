export interface DrainServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** What a run is given: a full topic, and a table that is empty unless another run came before. */
export interface DrainRun {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly changes: number;
  readonly partitions: number;
  readonly natsUrl: string;
  readonly target: DrainServer;
  readonly state: DrainServer;
  /** Unique per run; for groups and names. */
  readonly id: string;
  /** The id, or that of the run whose place it takes: same consumer groups, same table. */
  readonly environment: string;
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
  /** Undefined when what it did is right, as far as it does not show in the table. Asked when it is done. */
  findFault?(): string | undefined;
  stop(): Promise<void>;
}

/** What a contestant does to the rows, as the database counts it. */
export type RowWork = 'writes' | 'reads';

export interface Contestant {
  readonly name: string;
  readonly title: string;
  readonly work: RowWork;
  /** Begins with what the contestant of this name left in the same round; otherwise with an empty table. */
  readonly after?: string;
  start(run: DrainRun): Promise<RunningContestant>;
}
