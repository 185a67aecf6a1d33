import type { TableSnapshot } from './table-snapshot.ts';

/**
 * Tables that somebody has read for many. Convenient, never needed: whoever gets no answer reads the tables itself.
 */
export interface TableSnapshots {
  /**
   * @param have version that the caller has. The answer is then never older than that: when it differs, the tables are read
   *   again before it is given.
   * @returns 'same' when that is how the tables are; undefined when nobody can be asked or the answer is of no use
   */
  ask(shard: string, have: string | undefined): Promise<TableSnapshot | 'same' | undefined>;
  /** A hint that it may be worth asking; may be lost. */
  onChange(shard: string, react: () => void): Disposable;
}
