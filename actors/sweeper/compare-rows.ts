import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { PlacedRow } from '../row/row-placer.ts';
import type { StoredRow } from '../row/row-reader.ts';
import type { CompareFunc } from './sweep-sides.ts';

/** A source row as it is to be on one shard. */
export interface ExpectedRow {
  readonly source: StoredRow;
  readonly placed: PlacedRow;
}

export interface RowDifferences {
  readonly missing: readonly ExpectedRow[];
  readonly extra: readonly StoredRow[];
  readonly different: readonly ExpectedRow[];
}

/**
 * By key, not side by side: the order of the rows does not matter.
 *
 * @param expected by the encoded key at the target
 * @param found by the key to look for among them
 */
export function compareRows(
  table: TableShape,
  {
    expected,
    found,
  }: { readonly expected: ReadonlyMap<string, ExpectedRow>; readonly found: Iterable<readonly [string, StoredRow]> },
  compare: CompareFunc,
): RowDifferences {
  const missing = new Map(expected);
  const extra: StoredRow[] = [];
  const different: ExpectedRow[] = [];
  for (const [key, actual] of found) {
    const row = expected.get(key);
    if (row === undefined) {
      extra.push(actual);
    } else {
      missing.delete(key);
      if (isDifferent(compare, table, row, actual)) {
        different.push(row);
      }
    }
  }
  return { missing: [...missing.values()], extra, different };
}

/** One that cannot be compared, because the target cannot hold it as it is, is for the witness to judge. */
function isDifferent(compare: CompareFunc, table: TableShape, { placed }: ExpectedRow, actual: StoredRow): boolean {
  try {
    return compare(table, placed.image, actual.image).length > 0;
  } catch (error) {
    if (error instanceof ReplicationError && error.class === 'row') {
      return true;
    }
    throw error;
  }
}
