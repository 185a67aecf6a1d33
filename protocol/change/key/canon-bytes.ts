import type { Cell } from '../cell.ts';

/** Undefined for what is not strict base64: Node skips whatever it does not know. */
function decodeBase64(cell: Cell): Buffer | undefined {
  if (typeof cell !== 'string') {
    return undefined;
  }
  const bytes = Buffer.from(cell, 'base64');
  return bytes.toString('base64') === cell ? bytes : undefined;
}

/** VARBINARY and BLOB: every byte counts. As hex. */
export function canonBinary(cell: Cell): string | undefined {
  return decodeBase64(cell)?.toString('hex');
}

/** BINARY(n): the server fills it with NUL up to its length, so NULs at the end do not count. As hex. */
export function canonFixedBinary(cell: Cell): string | undefined {
  const bytes = decodeBase64(cell);
  let end = bytes?.length ?? 0;
  while (end > 0 && bytes?.[end - 1] === 0) {
    end -= 1;
  }
  return bytes?.toString('hex', 0, end);
}

/** The bits as a number: big-endian bytes, or a boolean. As hex. */
export function canonBit(cell: Cell): string | undefined {
  const hex = typeof cell === 'boolean' ? String(Number(cell)) : canonBinary(cell);
  return hex === '' ? undefined : hex?.replace(/^0+(?=.)/, '');
}
