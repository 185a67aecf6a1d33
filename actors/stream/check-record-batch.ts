import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { crc32c } from './crc32c.ts';

// Layout of a record batch of format 2: base offset (8 bytes), length of what follows (4), leader epoch (4), format (1),
// checksum (4), and from here on what the checksum covers: attributes (2), last offset delta (4), … records.
const LENGTH_AT = 8;
const LENGTH_END = 12;
const CHECKSUM_AT = 17;
const COVERED_AT = 21;
const ATTRIBUTES_AT = 21;
/** None, gzip, snappy, lz4, zstd. */
const CODECS = 5;
const CODEC_MASK = 0b111;
const LAST_OFFSET_AT = 23;
const SHORTEST_BYTES = 61;

/**
 * Compares the checksum of the batch at `start`, if all of it is there: the last one of a fetch is often cut off.
 *
 * @throws ReplicationError ERG_1207 when it was damaged on its way from the producer, on a disk or in a memory, or when it is
 * compressed in a way that is not known: the client would take the compressed bytes for records
 */
export function checkRecordBatch(bytes: Buffer, start: number): void {
  if (bytes.length - start < SHORTEST_BYTES) {
    return;
  }
  const end = start + LENGTH_END + bytes.readInt32BE(start + LENGTH_AT);
  if (end > bytes.length) {
    return;
  }
  const expected = bytes.readUInt32BE(start + CHECKSUM_AT);
  const found = crc32c(bytes, start + COVERED_AT, end);
  if (found !== expected) {
    refuse(bytes, start, `is damaged: expected checksum ${expected}, found ${found}`);
  }
  const codec = bytes.readInt16BE(start + ATTRIBUTES_AT) & CODEC_MASK;
  if (codec >= CODECS) {
    refuse(bytes, start, `is compressed in an unknown way: expected a codec below ${CODECS}, found ${codec}`);
  }
}

function refuse(bytes: Buffer, start: number, reason: string): never {
  const first = bytes.readBigInt64BE(start);
  const last = first + BigInt(bytes.readInt32BE(start + LAST_OFFSET_AT));
  throw new ReplicationError('ERG_1207', `the batch of offsets ${first} to ${last} ${reason}`);
}
