/**
 * The text that names a row: table and primary key, as the types of the key columns mean them. Lanes, folding, findings
 * and verification all use it.
 *
 *   <length of table>:<table>/<columns>, then per column its tag, its length and ":" (not for the last), its canonical text
 *   "6:orders/1n42"  ·  "4:line/2n2:42s7"
 *
 * Two keys, because only the server knows when two texts are equal in a collation:
 *
 * row key    never the same for two rows. Equal rows have equal keys, except that texts which differ only in what their
 *            collation ignores (case, accents) have two. Fold, find, verify by it.
 * order key  always the same for equal rows, and at times for unequal ones. Where order between changes of a row rests on
 *            a key, as in the choice of a lane, it must be this one. Equal to the row key unless a column is in a
 *            collation that is not binary.
 *
 * Folding by the row key is right as long as a row that gets another spelling of its key comes as a change of the key:
 * delete and write, deletes of a batch first. The before and after image of a binary log show it.
 */
import { ReplicationError } from '../errors/replication-error.ts';
import type { Cell } from './cell.ts';
import { type CanonFunc, type KeyColumnPlan, type KeyColumnShape, planKeyColumn } from './key/plan-key-column.ts';

/** Everything about a table's keys that does not depend on the row. */
export interface RowKeyPlan {
  readonly prefix: string;
  readonly columns: readonly KeyColumnPlan[];
  /** The order key is the row key. */
  readonly isExact: boolean;
}

/** @param columns of the primary key, in its order; one at least */
export function planRowKey(table: string, columns: readonly KeyColumnShape[]): RowKeyPlan {
  const planned = columns.map(planKeyColumn);
  return {
    prefix: `${table.length}:${table}/${columns.length}`,
    columns: planned,
    isExact: planned.every(({ canon, coarse }) => canon === coarse),
  };
}

/**
 * @param cells in the order of the plan's columns; undefined for a column that is absent
 * @throws ReplicationError ERG_3301 a cell is no value of its column; ERG_3303 it is missing or NULL
 */
export function encodeRowKey(plan: RowKeyPlan, cells: readonly (Cell | undefined)[]): string {
  return encode(plan, cells, (column) => column.canon);
}

/** As encodeRowKey. */
export function encodeOrderKey(plan: RowKeyPlan, cells: readonly (Cell | undefined)[]): string {
  return encode(plan, cells, (column) => column.coarse);
}

function encode(
  { prefix, columns }: RowKeyPlan,
  cells: readonly (Cell | undefined)[],
  choose: (column: KeyColumnPlan) => CanonFunc,
): string {
  const last = columns.length - 1;
  let key = prefix;
  for (let index = 0; index <= last; index++) {
    const column = columns[index] as KeyColumnPlan; // below the length
    const text = canonise(column, choose(column), cells[index]);
    key += index === last ? column.tag + text : `${column.tag}${text.length}:${text}`;
  }
  return key;
}

function canonise(column: KeyColumnPlan, canon: CanonFunc, cell: Cell | undefined): string {
  if (cell === null || cell === undefined) {
    const what = cell === null ? 'NULL' : 'missing in the change';
    throw new ReplicationError('ERG_3303', `key column ${column.name} is ${what}`, {
      context: { column: column.name },
    });
  }
  const text = canon(cell);
  if (text === undefined) {
    throw new ReplicationError('ERG_3301', `key column ${column.name}: expected ${column.expected}`, {
      context: { column: column.name },
    });
  }
  return text;
}
