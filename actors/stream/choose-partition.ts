import { murmur2 } from './murmur2.ts';

/**
 * The partition of a record key: the one that Kafka's own Java producer chooses by default, so that a capture of
 * another make can be exchanged for ours without moving a key.
 *
 * @param partitions number of partitions of the topic; > 0
 * @returns partition; integer within [0, partitions)
 */
export function choosePartition(recordKey: string, partitions: number): number {
  return (murmur2(Buffer.from(recordKey, 'utf8')) & 0x7fffffff) % partitions;
}
