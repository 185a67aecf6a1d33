import type { Cell } from '../../../../protocol/change/cell.ts';
import type { ColumnShape } from '../../../catalog/table-shape.ts';
import { refuseCell } from './cell-refusal.ts';

/** Decodes strict base64: standard alphabet, padding in place, no unused bits set. */
export function decodeBase64(cell: Cell, column: ColumnShape): Buffer {
  if (typeof cell === 'string') {
    const bytes = Buffer.from(cell, 'base64');
    // Node skips whatever is not base64, so only what encodes back to the same text was all there is.
    if (bytes.toString('base64') === cell) {
      return bytes;
    }
  }
  throw refuseCell('ERG_3301', column, 'base64');
}

/**
 * @param fixedBytes of BINARY(n), else undefined. A shorter value is filled with NUL here, as the server would do when
 *   it stores one, but not when it looks for one.
 */
export function binaryLiteral(cell: Cell, column: ColumnShape, fixedBytes: number | undefined): string {
  const bytes = decodeBase64(cell, column);
  const hex = bytes.toString('hex');
  return fixedBytes === undefined ? `x'${hex}'` : `x'${hex.padEnd(fixedBytes * 2, '0')}'`;
}

/**
 * A boolean, or the bits as big-endian bytes in base64. As a decimal number: text, which a hexadecimal literal is to some
 * servers, would be compared with a key as a double.
 */
export function bitLiteral(cell: Cell, column: ColumnShape): string {
  if (typeof cell === 'boolean') {
    return cell ? '1' : '0';
  }
  const bytes = decodeBase64(cell, column);
  if (bytes.length === 0) {
    throw refuseCell('ERG_3301', column, 'base64 of at least one byte');
  }
  return BigInt(`0x${bytes.toString('hex')}`).toString();
}
