import { fileURLToPath } from 'node:url';
import { BenchChild } from './child-process.ts';
import type { Contestant, DrainRun, RunningContestant } from './contestant.ts';
import type { WriterTask } from './writer-task.ts';

/** Reference 05's c1; drains a shorter topic, because it is slow. */
export const floorWriter = buildPlainWriter(
  'floor',
  'one prepared statement per row, in a transaction',
  'floor-writer.ts',
);

/** The bare loader; one process per partition. */
export const rawLoader = buildPlainWriter(
  'raw',
  'raw loader: JSON.parse, last write wins, multi-row upsert, unguarded',
  'raw-loader.ts',
);

function buildPlainWriter(name: string, title: string, file: string): Contestant {
  const script = fileURLToPath(new URL(file, import.meta.url));
  return {
    name,
    title,
    work: 'writes',
    start: async (run) =>
      runChildren(Array.from({ length: run.partitions }, (_, partition) => startChild(run, partition))),
  };

  function startChild(run: DrainRun, partition: number): BenchChild {
    const { brokers, topic, target, folder, profile } = run;
    const group = `${run.id}-${partition}`;
    const task: WriterTask = { brokers, topic, target, group, partitions: [partition] };
    return new BenchChild({ name: group, script, args: [JSON.stringify(task)], folder, profile });
  }
}

function runChildren(children: readonly BenchChild[]): RunningContestant {
  return {
    pids: children.map(({ pid }) => pid),
    endsByItself: true,
    isDone: async () => children.map((child) => child.isDone()).every(Boolean),
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}
