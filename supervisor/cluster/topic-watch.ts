import { reconnectDelayMs } from '../../actors/stream/reconnect-delay.ts';
import type { StreamAdmin } from '../../actors/stream/stream-admin.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { CaptureSettings, Settings } from '../../protocol/settings/settings-schema.ts';

export interface TopicWatchParts {
  readonly settings: Pick<Settings, 'captures' | 'pipelines'>;
  readonly admin: Pick<StreamAdmin, 'ensureTopic' | 'readPartitionCount'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Within [0, 1). */
  readonly random: () => number;
}

/** How soon a topic that got more partitions is noticed. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Creates the topics of the captures, and keeps knowing how many partitions each topic has. What was known stays known
 * while Kafka is away.
 */
export class TopicWatch {
  readonly #parts: TopicWatchParts;
  readonly #counts = new Map<string, number>();
  readonly #problems = new Map<string, ReplicationError>();
  readonly #topics: ReadonlyMap<string, CaptureSettings | undefined>;
  readonly #ensured = new Set<string>();
  readonly #mismatches = new Map<string, ReplicationError>();
  #cancel: () => void = () => {};
  #isStopped = false;

  constructor(parts: TopicWatchParts) {
    this.#parts = parts;
    const { captures, pipelines } = parts.settings;
    this.#topics = new Map<string, CaptureSettings | undefined>([
      ...Object.values(pipelines).map(({ source }) => [source.topic, undefined] as const),
      ...Object.values(captures).map((capture) => [capture.topic, capture] as const),
    ]);
  }

  /** By topic; a topic that is not known yet is missing. */
  get partitionCounts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get areAllKnown(): boolean {
    return this.#counts.size === this.#topics.size;
  }

  /** By topic: what is wrong with it now. */
  get problems(): ReadonlyMap<string, ReplicationError> {
    return this.#problems;
  }

  start(): void {
    void this.#look(0);
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** Once at all topics, and again later: soon after a failure. */
  async #look(failures: number): Promise<void> {
    let hasFailed = false;
    for (const [topic, capture] of this.#topics) {
      hasFailed = !(await this.#ask(topic, capture)) || hasFailed;
    }
    if (!this.#isStopped) {
      const delayMs = hasFailed ? reconnectDelayMs(failures, this.#parts.random()) : LOOK_AGAIN_MS;
      this.#cancel = this.#parts.clock.after(delayMs, () => void this.#look(hasFailed ? failures + 1 : 0));
    }
  }

  /** @returns false when it is to be asked again soon */
  async #ask(topic: string, capture: CaptureSettings | undefined): Promise<boolean> {
    try {
      if (capture !== undefined && !this.#ensured.has(topic)) {
        await this.#ensure(capture);
      }
      this.#note(topic, await this.#parts.admin.readPartitionCount(topic));
      this.#setProblem(topic, this.#mismatches.get(topic));
      return true;
    } catch (error) {
      if (!this.#isStopped) {
        this.#setProblem(topic, asReplicationError(error));
      }
      return false;
    }
  }

  async #ensure({ topic, partitions, replicas }: CaptureSettings): Promise<void> {
    try {
      if (await this.#parts.admin.ensureTopic({ topic, partitions, replicas })) {
        this.#parts.log.event('topic.created', { topic, partitions });
      }
    } catch (error) {
      const coded = asReplicationError(error);
      if (coded.code !== 'ERG_1209') {
        throw coded;
      }
      this.#mismatches.set(topic, coded); // it exists otherwise than it is set, and is used as it is
    }
    this.#ensured.add(topic);
  }

  #setProblem(topic: string, problem: ReplicationError | undefined): void {
    const before = this.#problems.get(topic);
    if (problem === undefined) {
      this.#problems.delete(topic);
      return;
    }
    this.#problems.set(topic, problem);
    if (before?.message !== problem.message) {
      this.#parts.log.event('topic.troubled', { topic, reason: problem.message });
    }
  }

  #note(topic: string, partitions: number): void {
    const before = this.#counts.get(topic);
    this.#counts.set(topic, partitions);
    if (before !== undefined && partitions > before) {
      this.#parts.log.event('topic.grown', { topic, before, partitions });
    }
  }
}
