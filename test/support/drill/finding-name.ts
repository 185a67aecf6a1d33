import { partitionName } from './history.ts';

/** What tells the finding of a record from others. */
export function findingName(pipeline: string, partition: number, offset: number): string {
  return `${partitionName(pipeline, partition)}@${offset}`;
}
