import type { FindPartitionFunc } from '../../actors/row/find-partition.ts';
import { listRecordKeys, RowOwner } from '../../actors/sweeper/row-owner.ts';
import type { SharedParts } from './shared-parts.ts';

/** Partitions that are added to the topic are seen then. */
const RECOUNT_MS = 60_000;
/** Many rows are asked for one after the other: brokers that are away must not be waited for at each. */
const RETRY_MS = 5_000;

export function buildPartitionFinder(parts: SharedParts, pipeline: string): FindPartitionFunc {
  const { settings, clock } = parts.options;
  const { source, tables } = parts.getPipeline(pipeline);
  const recordKeys = listRecordKeys(settings.captures, source.topic);
  let owner: Promise<RowOwner> | undefined;
  let recountMs = Number.NEGATIVE_INFINITY;
  const count = (): Promise<RowOwner> => {
    if (owner !== undefined && clock.monotonicMs() < recountMs) {
      return owner;
    }
    const before = owner;
    recountMs = clock.monotonicMs() + RECOUNT_MS;
    owner = parts.admin
      .readPartitionCount(source.topic)
      .then((partitions) => new RowOwner(recordKeys, partitions))
      .catch((error: unknown) => {
        recountMs = clock.monotonicMs() + RETRY_MS;
        return before ?? Promise.reject(error);
      });
    return owner;
  };
  return async (table, image) => {
    const { columnReplace = {} } = tables[table] ?? {};
    const columns = recordKeys.get(table);
    // A column that is filled holds another value than the one in the record key.
    const isTold = columns?.every((column) => !Object.hasOwn(columnReplace, column)) === true;
    return isTold ? (await count()).find(table, image) : undefined;
  };
}
