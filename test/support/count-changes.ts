/**
 * Every change that a sink took is applied, filtered or refused (I10): by its own counts, and by what the records hold, read
 * here by hand.
 */
import type { SinkCounts, SinkDetail } from '../../protocol/message/actor-status.ts';

/** Changes that the sink took and has not told what became of; below zero: told twice. For a sink that holds none. */
export function countUnaccounted({ counts }: SinkDetail): number {
  return counts.changes - counts.applied - counts.filtered - counts.refused;
}

/** @param tables that the pipeline has @param values of records in our own format, in order */
export function recount(values: readonly (Buffer | null)[], tables: readonly string[]) {
  const counts = { records: values.length, changes: 0, filtered: 0, repeated: 0, tombstones: 0 };
  let newest = -1;
  for (const value of values) {
    if (value === null) {
      counts.tombstones += 1;
      continue;
    }
    const { position, names } = readByHand(value);
    if (position !== undefined && position <= newest) {
      counts.repeated += 1;
      continue;
    }
    newest = position ?? newest;
    counts.changes += names.length;
    counts.filtered += names.filter((name) => name !== undefined && !tables.includes(name)).length;
  }
  return counts satisfies Partial<SinkCounts>;
}

/** What cannot be read counts as one change of an unknown table. */
function readByHand(value: Buffer): { position: number | undefined; names: readonly (string | undefined)[] } {
  try {
    const { source, payloads } = JSON.parse(value.toString('utf8')) as {
      readonly source: { readonly position: number };
      readonly payloads: readonly { readonly table: string }[];
    };
    return { position: source.position, names: payloads.map(({ table }) => table) };
  } catch {
    return { position: undefined, names: [undefined] };
  }
}
