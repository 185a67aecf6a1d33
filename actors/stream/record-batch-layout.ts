/**
 * Where things stand in a record batch of format 2, bytes from its start: base offset (8 bytes), length of what follows (4),
 * leader epoch (4), format (1), checksum (4), and from there on what the checksum covers.
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export const BATCH = {
  lengthAt: 8,
  lengthEnd: 12,
  formatAt: 16,
  formatEnd: 17,
  format: 2,
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

/**
 * The same of a message of format 0 or 1: offset (8 bytes), length of what follows (4), checksum (4), format (1).
 * Source: https://kafka.apache.org/documentation/#messageset
 */
export const MESSAGE = { checksumAt: 12, coveredAt: 16 } as const;
