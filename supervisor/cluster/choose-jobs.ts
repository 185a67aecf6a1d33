import { captureJob, type Job, sinkJob } from '../../protocol/message/job.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';

export interface WantedJobs {
  /** Captures first, then sinks in the order of the settings. */
  readonly jobs: readonly Job[];
  /** Jobs that may go on where they run, but are not placed anew yet, or never: name to reason. */
  readonly held: ReadonlyMap<string, string>;
}

/**
 * What should run: one capture job per capture, one sink job per pipeline and partition.
 *
 * While the partitions of a topic are not known, what runs already is wanted: a Kafka that is away when the supervisor
 * starts must not end a sink. A capture waits for its topic, which its first record would otherwise create with a number
 * of partitions that nobody chose.
 *
 * @param partitionCounts by topic; a topic that is not known yet is missing
 * @param running jobs whose actors were ever heard of
 * @param refused pipelines that this version cannot run, with the reason
 */
export function chooseJobs(
  { captures, pipelines }: Pick<Settings, 'captures' | 'pipelines'>,
  partitionCounts: ReadonlyMap<string, number>,
  running: readonly Job[],
  refused: ReadonlyMap<string, string>,
): WantedJobs {
  const jobs: Job[] = [];
  const held = new Map<string, string>();
  for (const [name, { topic }] of Object.entries(captures)) {
    const job = captureJob(name);
    jobs.push(job);
    if (!partitionCounts.has(topic) && !running.some((other) => other.name === job.name)) {
      held.set(job.name, `waits for its topic ${topic}`);
    }
  }
  for (const [pipeline, { source }] of Object.entries(pipelines)) {
    const partitions = partitionCounts.get(source.topic);
    const sinks = partitions === undefined ? findRunning(pipeline, running) : listSinks(pipeline, partitions);
    jobs.push(...sinks);
    const reason = refused.get(pipeline);
    if (reason !== undefined) {
      for (const { name } of sinks) {
        held.set(name, reason);
      }
    }
  }
  return { jobs, held };
}

function listSinks(pipeline: string, partitions: number): Job[] {
  return Array.from({ length: partitions }, (_, partition) => sinkJob(pipeline, partition));
}

function findRunning(pipeline: string, running: readonly Job[]): Job[] {
  const partitions = new Set<number>();
  for (const job of running) {
    if (job.kind === 'sink' && job.pipeline === pipeline) {
      partitions.add(job.partition);
    }
  }
  return [...partitions].sort((left, right) => left - right).map((partition) => sinkJob(pipeline, partition));
}
