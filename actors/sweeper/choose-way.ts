/**
 * How the two sides of a table are read.
 *
 * ranges  Both sides by ranges of the source key. For tables whose key is the same on both sides, so that each range is a
 *         range of a primary key there too. One query per side and chunk.
 * points  Each side in its own order, the rows of the other looked up by their keys: first what the source has, then, shard
 *         by shard, what is at the target. Twice the reads, for tables whose keys differ.
 *
 * Neither compares the order of two servers. With ranges, every row of the target is in one range at least whatever its order
 * is: the ranges follow each other from before all rows to behind all rows, so a row that one of them leaves behind is taken by
 * a later one. If servers sort differently, a row may also be seen in a range that it is not expected in; that makes a
 * suspect, which is looked at by its key, and nothing worse. Where it would be many, points are chosen.
 */
import type { ColumnShape, TableShape } from '../catalog/table-shape.ts';

export type SweepWay = 'ranges' | 'points';

export function chooseWay(source: TableShape, targets: readonly TableShape[]): SweepWay {
  return targets.every((target) => hasSameKey(source, target)) ? 'ranges' : 'points';
}

function hasSameKey(source: TableShape, target: TableShape): boolean {
  return (
    source.primaryKey.length === target.primaryKey.length &&
    target.keyEnforced && // else nothing tells that there is an index
    source.primaryKey.every((name, index) => {
      const [left, right] = [source.columnByName.get(name), target.columnByName.get(name)];
      return name === target.primaryKey[index] && left !== undefined && right !== undefined && sortsAlike(left, right);
    })
  );
}

/** Of columns that hold the same values. */
function sortsAlike(left: ColumnShape, right: ColumnShape): boolean {
  const isByMember = left.kind === 'enum' || left.kind === 'set';
  return (
    left.kind === right.kind &&
    left.collation === right.collation &&
    (!isByMember || left.columnType === right.columnType)
  );
}
