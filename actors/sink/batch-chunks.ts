/** The parts that a batch falls into while it is written. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { FoldedRow } from '../route/fold-rows.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { ShardChange } from '../target/target-shard.ts';
import type { LaneBatch } from './lane-queue.ts';

/** A lock that is held, a statement that was ended. */
const CONTENTION: ReadonlySet<string> = new Set(['ERG_3005', 'ERG_3006']);

export interface Chunk {
  rows: readonly FoldedRow[];
  /** Tries in a row that failed like the last one. */
  tries: number;
  error?: ReplicationError;
}

/** Why a lane cannot write now. */
export interface LaneTrouble {
  readonly error: ReplicationError;
  /** Monotonic, ms: the start of the first try that failed. */
  readonly sinceMs: number;
  /** Of the rows that cannot be written. */
  readonly tables: readonly string[];
}

export function listChanges(rows: readonly FoldedRow[]): ShardChange[] {
  const changes: ShardChange[] = [];
  for (const { last, removal } of rows) {
    if (removal !== undefined) {
      changes.push(removal);
    }
    changes.push(last);
  }
  return changes;
}

/** The entries that rows of a divided batch stand for. */
export function entriesOf(batch: LaneBatch, rows: readonly FoldedRow[]): readonly RoutedChange[] {
  const keys = new Set(rows.map(({ last }) => last.key));
  return batch.entries.filter(({ key }) => keys.has(key));
}

export function noteTrouble(error: ReplicationError, { rows }: Chunk, sinceMs: number): LaneTrouble {
  return { error, sinceMs, tables: [...new Set(rows.map(({ last }) => last.table.name))] };
}

/** Rows of different tables do not wait for each other. */
export function divideByTable({ rows, tries, error }: Chunk): readonly Chunk[] {
  const parts = Map.groupBy(rows, ({ last }) => last.table.name);
  return [...parts.values()].map((part) => ({ rows: part, tries, ...(error === undefined ? {} : { error }) }));
}

/** A lock on one table, or a statement that is ended each time, must not hold up the others. */
export function mayDivide({ tries }: Chunk, { code }: ReplicationError): boolean {
  return tries > 1 && CONTENTION.has(code);
}

/** The parts of what was folded are settled each by itself from now on. */
export function countParts(entries: readonly RoutedChange[]): void {
  for (const { ledger, slot, parts = [] } of entries) {
    for (let more = 1; more < parts.length; more += 1) {
      ledger.count(slot);
    }
  }
}

/** @returns what was taken out of the chunk */
export function cutRows(chunk: Chunk, isCut: (row: FoldedRow) => boolean): readonly FoldedRow[] {
  const cut = chunk.rows.filter(isCut);
  if (cut.length > 0) {
    chunk.rows = chunk.rows.filter((row) => !isCut(row));
  }
  return cut;
}
