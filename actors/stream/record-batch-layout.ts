/**
 * Where things stand in a record batch of format 2, bytes from its start: base offset (8 bytes), length of what follows (4),
 * leader epoch (4), format (1), checksum (4), and from there on what the checksum covers.
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export const BATCH = {
  lengthAt: 8,
  lengthEnd: 12,
  checksumAt: 17,
  coveredAt: 21,
  attributesAt: 21,
  lastOffsetAt: 23,
  firstTimestampAt: 27,
  maxTimestampAt: 35,
  producerIdAt: 43,
  countAt: 57,
  recordsAt: 61,
  codecMask: 0b111,
  /** The broker has stamped all records with the newest time. */
  stampedMask: 0b1000,
  transactionalMask: 0b1_0000,
  controlMask: 0b10_0000,
} as const;

/** Behind the batch at `start`; undefined when not all of it is there. */
export function endOfBatch(bytes: Buffer, start: number): number | undefined {
  if (bytes.length - start < BATCH.recordsAt) {
    return undefined;
  }
  const end = start + BATCH.lengthEnd + bytes.readInt32BE(start + BATCH.lengthAt);
  return end > bytes.length ? undefined : end;
}
