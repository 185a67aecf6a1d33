import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { crc32c } from './crc32c.ts';
import { BATCH } from './record-batch-layout.ts';

/** None, gzip, snappy, lz4, zstd. */
const CODECS = 5;

/**
 * Compares the checksum of a batch.
 *
 * @throws ReplicationError ERG_1207 when it was damaged on its way from the producer, on a disk or in a memory, or when it is
 * compressed in a way that is not known: the client would take the compressed bytes for records
 */
export function checkRecordBatch(batch: Buffer): void {
  if (batch.length < BATCH.recordsAt) {
    const offset = batch.readBigInt64BE();
    throw new ReplicationError(
      'ERG_1207',
      `the batch of offset ${offset} is shorter than its head: ${batch.length} bytes`,
    );
  }
  const expected = batch.readUInt32BE(BATCH.checksumAt);
  const found = crc32c(batch, BATCH.coveredAt, batch.length);
  if (found !== expected) {
    throw refuseBatch(batch, `is damaged: expected checksum ${expected}, found ${found}`);
  }
  const codec = batch.readInt16BE(BATCH.attributesAt) & BATCH.codecMask;
  if (codec >= CODECS) {
    throw refuseBatch(batch, `is compressed in an unknown way: expected a codec below ${CODECS}, found ${codec}`);
  }
}

export function refuseBatch(batch: Buffer, reason: string): ReplicationError {
  const first = batch.readBigInt64BE();
  const last = first + BigInt(batch.readInt32BE(BATCH.lastOffsetAt));
  return new ReplicationError('ERG_1207', `the batch of offsets ${first} to ${last} ${reason}`);
}
