/**
 * The version of a change: its place in the log as topicEpoch·2^48 + offset, decimal text of a BIGINT UNSIGNED. It is
 * made once per record, from two halves that plain numbers hold exactly; a BigInt per record would cost more.
 */
import { ReplicationError } from '../errors/replication-error.ts';

const OFFSETS = 2 ** 48;
const MAX_TOPIC_EPOCH = 65_535;

/** Digits of the lower half; with any offset added it stays below 2^53. */
const LOWER_DIGITS = 15;
const LOWER_LIMIT = 10 ** LOWER_DIGITS;

/** Makes the version of the change at an offset. @throws ReplicationError ERG_1020 */
export type EncodeSeqFunc = (offset: number) => string;

/** @throws ReplicationError ERG_1020 when the epoch is no integer within [0, 65535] */
export function buildSeqEncoder(topicEpoch: number): EncodeSeqFunc {
  if (!Number.isInteger(topicEpoch) || topicEpoch < 0 || topicEpoch > MAX_TOPIC_EPOCH) {
    throw new ReplicationError('ERG_1020', `topicEpoch: expected 0 to ${MAX_TOPIC_EPOCH}, got ${topicEpoch}`);
  }
  const base = BigInt(topicEpoch) * BigInt(OFFSETS);
  const baseUpper = Number(base / BigInt(LOWER_LIMIT));
  const baseLower = Number(base % BigInt(LOWER_LIMIT));
  return (offset) => {
    if (!Number.isInteger(offset) || offset < 0 || offset >= OFFSETS) {
      throw new ReplicationError('ERG_1020', `offset: expected 0 to ${OFFSETS - 1}, got ${offset}`);
    }
    const sum = baseLower + offset;
    const carry = sum >= LOWER_LIMIT ? 1 : 0;
    const upper = baseUpper + carry;
    return upper === 0 ? String(sum) : `${upper}${String(sum - carry * LOWER_LIMIT).padStart(LOWER_DIGITS, '0')}`;
  };
}

/** The version of one change; whoever needs many keeps an encoder. @throws ReplicationError ERG_1020 */
export function encodeSeq(topicEpoch: number, offset: number): string {
  return buildSeqEncoder(topicEpoch)(offset);
}

/** Of the change that has the version. @param seq decimal text of a BIGINT UNSIGNED */
export function offsetOf(seq: string): number {
  return seq.length < LOWER_DIGITS ? Number(seq) : Number(BigInt(seq) % BigInt(OFFSETS));
}

/** Negative when a is older than b, 0 when equal, positive when newer. Decimal texts without leading zeros. */
export function compareSeq(a: string, b: string): number {
  if (a.length !== b.length) {
    return a.length - b.length;
  }
  return a < b ? -1 : Number(a > b);
}
