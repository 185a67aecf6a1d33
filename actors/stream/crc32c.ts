/** x^32 + … of Castagnoli, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** Row n: what a byte does to the checksum n bytes later, so that eight bytes take one step. */
const TABLE = buildTable();

function buildTable(): Int32Array {
  const table = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    }
    table[byte] = crc;
  }
  for (let at = 256; at < table.length; at += 1) {
    const before = valueAt(table, at - 256);
    table[at] = (before >>> 8) ^ valueAt(table, before & 0xff);
  }
  return table;
}

/**
 * CRC-32C of the bytes from `start` to `end`, as an unsigned integer. Node has only the other CRC-32.
 * Source: RFC 3720, appendix B.4, whose examples the test holds.
 */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  for (; at + SLICES <= end; at += SLICES) {
    const low =
      crc ^
      (byteAt(bytes, at) |
        (byteAt(bytes, at + 1) << 8) |
        (byteAt(bytes, at + 2) << 16) |
        (byteAt(bytes, at + 3) << 24));
    crc =
      valueAt(TABLE, 1792 + (low & 0xff)) ^
      valueAt(TABLE, 1536 + ((low >>> 8) & 0xff)) ^
      valueAt(TABLE, 1280 + ((low >>> 16) & 0xff)) ^
      valueAt(TABLE, 1024 + (low >>> 24)) ^
      valueAt(TABLE, 768 + byteAt(bytes, at + 4)) ^
      valueAt(TABLE, 512 + byteAt(bytes, at + 5)) ^
      valueAt(TABLE, 256 + byteAt(bytes, at + 6)) ^
      valueAt(TABLE, byteAt(bytes, at + 7));
  }
  for (; at < end; at += 1) {
    crc = (crc >>> 8) ^ valueAt(TABLE, (crc ^ byteAt(bytes, at)) & 0xff);
  }
  return ~crc >>> 0;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function valueAt(table: Int32Array, at: number): number {
  return table[at] ?? 0;
}
