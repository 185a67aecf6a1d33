import { encodeSeq } from '../../protocol/change/sequence.ts';

/**
 * Where in the partition the record stands that gave a row its version.
 *
 * @param version decimal text
 * @returns undefined when it is of another topic epoch
 */
export function findOffset(version: string, topicEpoch: number): number | undefined {
  const offset = BigInt(version) - BigInt(encodeSeq(topicEpoch, 0));
  return offset >= 0n && offset < 2n ** 48n ? Number(offset) : undefined;
}
