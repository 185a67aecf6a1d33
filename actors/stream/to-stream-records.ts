import type { KafkaMessage } from 'kafkajs';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { StreamRecord } from './record-stream.ts';

/** The time of a record of an old format is a text. */
interface FetchedMessage extends Pick<KafkaMessage, 'offset' | 'key' | 'value'> {
  readonly timestamp: string | number;
}

/**
 * The records of one fetch. Offsets may have gaps, but never go back.
 *
 * @param next the lowest offset that may come
 * @throws ReplicationError ERG_1213 when an offset goes back: the order that all else counts on would be lost
 */
export function toStreamRecords(messages: readonly FetchedMessage[], next: bigint): readonly StreamRecord[] {
  const records: StreamRecord[] = [];
  let lowest = next;
  for (const { offset: text, key, value, timestamp } of messages) {
    const offset = BigInt(text);
    if (offset < lowest) {
      throw new ReplicationError('ERG_1213', `expected an offset of at least ${lowest}, got ${offset}`);
    }
    records.push({ offset, key, value, timestampMs: Number(timestamp) });
    lowest = offset + 1n;
  }
  return records;
}
