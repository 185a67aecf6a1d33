/**
 * What one answer to a fetch has of a partition: record batches, or the messages of the formats before them. A broker gives
 * at least one whole (KIP-74, Kafka 0.10.1), and cuts the last one off where the answer is full. So what cannot be read is
 * left to the next fetch, as long as something stands in front of it; the fetch that begins with it fails. One that came
 * back with nothing would be asked again for ever, without a word.
 */
import { crc32 } from 'node:zlib';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type BatchRecord, decodeRecordBatch, type FindCodecFunc } from './decode-record-batch.ts';
import { BATCH, MESSAGE } from './record-batch-layout.ts';

/** Stands at the length of what there is of the partition. */
export interface FetchDecoder {
  readonly buffer: Buffer;
  readonly offset: number;
  readInt32(): number;
  forward(bytes: number): void;
}

export interface FetchLibrary {
  readonly findCodec: FindCodecFunc;
  /** Of one message, which may hold others. */
  readonly decodeMessage: (bytes: Buffer) => Promise<readonly OldMessage[]>;
}

interface OldMessage extends Pick<BatchRecord, 'offset' | 'key' | 'value'> {
  /** ms; there is none in format 0. */
  readonly timestamp?: string;
}

/** What a batch would say of a record without a time, and of one that no transaction wrote. */
const NO_TIME = -1;
const NO_BATCH = { isControlRecord: false, batchContext: { producerId: '-1', inTransaction: false } };

/** @throws ReplicationError ERG_1207 when it begins with what cannot be read */
export async function decodeFetched(decoder: FetchDecoder, library: FetchLibrary): Promise<readonly BatchRecord[]> {
  const bytes = takeBytes(decoder);
  const records: BatchRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    try {
      const batch = takeBatch(bytes.subarray(at));
      for (const record of await decodeBatch(batch, library)) {
        records.push(record);
      }
      at += batch.length;
    } catch (error) {
      if (at === 0) {
        throw error;
      }
      break;
    }
  }
  return records;
}

function takeBytes(decoder: FetchDecoder): Buffer {
  const length = Math.max(0, decoder.readInt32());
  const bytes = decoder.buffer.subarray(decoder.offset, decoder.offset + length);
  if (bytes.length < length) {
    throw unreadable(
      `the answer to a fetch is cut off: expected ${length} bytes of the partition, got ${bytes.length}`,
    );
  }
  decoder.forward(length);
  return bytes;
}

/** A batch and an old message begin alike, up to their format. */
function takeBatch(bytes: Buffer): Buffer {
  const length = bytes.length < BATCH.formatEnd ? BATCH.formatEnd : BATCH.lengthEnd + bytes.readInt32BE(BATCH.lengthAt);
  if (bytes.length < length) {
    throw unreadable(`a fetch begins with a batch that is cut off: expected ${length} bytes, got ${bytes.length}`);
  }
  if (length < BATCH.formatEnd) {
    throw unreadable(`the batch of offset ${bytes.readBigInt64BE()} is shorter than its head: ${length} bytes`);
  }
  return bytes.subarray(0, length);
}

async function decodeBatch(batch: Buffer, library: FetchLibrary): Promise<readonly BatchRecord[]> {
  const format = batch.readInt8(BATCH.formatAt);
  if (format === BATCH.format) {
    return decodeRecordBatch(batch, library.findCodec);
  }
  if (format !== 0 && format !== 1) {
    throw unreadable(`the batch of offset ${batch.readBigInt64BE()} is of a format that is not known: ${format}`);
  }
  const expected = batch.readUInt32BE(MESSAGE.checksumAt);
  const found = crc32(batch.subarray(MESSAGE.coveredAt));
  if (found !== expected) {
    throw unreadable(
      `the message of offset ${batch.readBigInt64BE()} is damaged: expected checksum ${expected}, found ${found}`,
    );
  }
  const messages = await library.decodeMessage(batch);
  if (messages.length === 0) {
    throw unreadable(`the messages in the one of offset ${batch.readBigInt64BE()} cannot be read`);
  }
  return messages.map(({ offset, key, value, timestamp = NO_TIME }) => {
    return { offset, key, value, timestamp: Number(timestamp), ...NO_BATCH };
  });
}

function unreadable(message: string): ReplicationError {
  return new ReplicationError('ERG_1207', message);
}
