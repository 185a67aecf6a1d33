import type { Cell } from '../../protocol/change/cell.ts';

/** A table of the change stream whose rows tell the same as the look-up. */
export interface LearnedColumns {
  readonly table: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Answers a named question about rows of a source database, such as "the seller of a product order". Settings name the
 * resolver; query and logic live in its class, never in settings.
 */
export interface SourceLookup {
  /** Undefined when the change stream does not tell the answer. */
  readonly learnFrom: LearnedColumns | undefined;
  /**
   * Looks all keys up with as few queries as their number allows.
   * @returns one entry per key that was found; a key may have several values (one row for several shards).
   * @throws ReplicationError ERG_2101 transient, when the source does not answer in time or its breaker is open;
   *   ERG_2103 when it refuses the query; ERG_9001 when the database was closed.
   */
  findMany(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Cell[]>>;
}
