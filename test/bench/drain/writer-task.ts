import type { DrainServer } from './contestant.ts';

/** What a child process of the benchmark is told, as JSON in its first argument. */
export interface WriterTask {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
  readonly partitions: readonly number[];
  readonly target: DrainServer;
}

export function readTask(): WriterTask {
  const [text = ''] = process.argv.slice(2);
  return JSON.parse(text) as WriterTask; // from the benchmark itself
}
