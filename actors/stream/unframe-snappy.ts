import { ReplicationError } from '../../protocol/errors/replication-error.ts';

/** 82 "SNAPPY" 00, then two 4-byte versions. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEADER_BYTES = 16;

/**
 * The raw snappy blocks of a compressed batch. Java clients write the framing of xerial's snappy-java (header, then
 * blocks of 4-byte length and bytes); librdkafka and others write one block without a frame. Both are legal.
 *
 * @throws ReplicationError ERG_1207 when a block is cut off
 */
export function unframeSnappy(bytes: Buffer): readonly Buffer[] {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    return [bytes];
  }
  const blocks: Buffer[] = [];
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    if (at + 4 + length > bytes.length) {
      throw new ReplicationError(
        'ERG_1207',
        `snappy block at byte ${at} expected whole, is cut off at ${bytes.length}`,
      );
    }
    blocks.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return blocks;
}
