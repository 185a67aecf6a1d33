import type { Cell } from '../../../../protocol/change/cell.ts';
import type { ColumnShape } from '../../../catalog/table-shape.ts';
import { decodeBase64 } from './binary-literal.ts';
import { refuseCell } from './cell-refusal.ts';
import { isGeometry } from './is-geometry.ts';

/**
 * The bytes of a geometry as both servers store it: the number of its reference system in four bytes, lowest first, then
 * WKB. Given like this they are stored as they are; ST_GeomFromWKB of MySQL would swap the axes of geographic systems.
 */
export function geometryLiteral(cell: Cell, column: ColumnShape): string {
  const bytes = decodeBase64(cell, column);
  // MariaDB looks at the type alone and stores what follows, whatever it is.
  if (!isGeometry(bytes)) {
    throw refuseCell('ERG_3301', column, 'base64 of four bytes of SRID and well-formed WKB, lowest bytes first');
  }
  return `x'${bytes.toString('hex')}'`;
}
