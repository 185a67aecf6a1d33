/**
 * Where the sweep of a table goes on. Saved as text, so it says by which columns its key is meant: a place of a table whose
 * key has changed is worth nothing.
 *
 * both    rows behind the key on both sides, by the key of the source (see choose-way.ts: ranges)
 * source  rows of the source behind the key, each looked for at the target (points)
 * target  rows of one shard behind the key, each looked for at the source (points)
 */
import type { Cell } from '../../protocol/change/cell.ts';

export type SweepSide =
  | { readonly of: 'both' }
  | { readonly of: 'source' }
  | { readonly of: 'target'; readonly shard: string };

export interface SweepPlace {
  readonly side: SweepSide;
  /** Columns that the cells below are of. */
  readonly key: readonly string[];
  /** Undefined: from the first row. */
  readonly after: readonly Cell[] | undefined;
}

const VERSION = 1;

export function formatPlace({ side, key, after }: SweepPlace): string {
  const shard = side.of === 'target' ? side.shard : null;
  return JSON.stringify({ v: VERSION, of: side.of, shard, key, after: after ?? null });
}

/** Undefined when another version made it. */
export function parsePlace(text: string): SweepPlace | undefined {
  const { v, of, shard, key, after } = readFields(text);
  const side = readSide(of, shard);
  if (v !== VERSION || side === undefined || !isTexts(key)) {
    return undefined;
  }
  if (after === null) {
    return { side, key, after: undefined };
  }
  return isTexts(after) && after.length === key.length ? { side, key, after } : undefined;
}

function readFields(text: string): Readonly<Record<string, unknown>> {
  try {
    const fields: unknown = JSON.parse(text);
    return typeof fields === 'object' && fields !== null ? { ...fields } : {};
  } catch {
    return {};
  }
}

function readSide(of: unknown, shard: unknown): SweepSide | undefined {
  if (of === 'both' || of === 'source') {
    return { of };
  }
  return of === 'target' && typeof shard === 'string' ? { of, shard } : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
