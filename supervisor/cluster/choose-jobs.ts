import { captureJob, type Job, recoveryJob, sinkJob, sweeperJob, verifierJob } from '../../protocol/message/job.ts';
import type { PipelineSettings, Settings } from '../../protocol/settings/settings-schema.ts';

export interface WantedJobs {
  /** Captures first, then pipelines in the order of the settings, the sinks of each before what verifies them. */
  readonly jobs: readonly Job[];
  /** Jobs that may go on where they run, but are not placed anew yet, or never: name to reason. */
  readonly held: ReadonlyMap<string, string>;
}

/**
 * What should run: one capture job per capture, one sink job per pipeline and partition, unless another tool applies the
 * pipeline; where it is verified, also a verifier and a recovery job per partition, and one sweeper, for what is ordered if
 * not by its own schedule.
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
  for (const [pipeline, settings] of Object.entries(pipelines)) {
    const count = partitionCounts.get(settings.source.topic);
    const partitions = count === undefined ? findRunning(pipeline, running) : listPartitions(count);
    const own = listJobs(pipeline, settings, partitions);
    jobs.push(...own);
    const reason = refused.get(pipeline);
    if (reason !== undefined) {
      for (const { name } of own) {
        held.set(name, reason);
      }
    }
  }
  return { jobs, held };
}

function listJobs(
  pipeline: string,
  { apply, verification }: Pick<PipelineSettings, 'apply' | 'verification'>,
  partitions: readonly number[],
): Job[] {
  const ofEach = (build: (pipeline: string, partition: number) => Job) =>
    partitions.map((partition) => build(pipeline, partition));
  const sinks = apply ? ofEach(sinkJob) : [];
  if (verification === undefined) {
    return sinks;
  }
  return [...sinks, ...ofEach(verifierJob), ...ofEach(recoveryJob), sweeperJob(pipeline)];
}

function listPartitions(count: number): number[] {
  return Array.from({ length: count }, (_, partition) => partition);
}

function findRunning(pipeline: string, running: readonly Job[]): number[] {
  const partitions = new Set<number>();
  for (const job of running) {
    if ('partition' in job && job.pipeline === pipeline) {
      partitions.add(job.partition);
    }
  }
  return [...partitions].sort((left, right) => left - right);
}
