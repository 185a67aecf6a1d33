/**
 * The records of a batch, in one pass over its bytes and in the shape that kafkajs works with. Its own decoder makes five
 * objects and eight big numbers of a record; this one costs a third of it, and each change of a drain and of a verification
 * comes this way (docs/bench).
 */
import { checkRecordBatch, refuseBatch } from './check-record-batch.ts';
import { BATCH } from './record-batch-layout.ts';

/** Undefined, or null, where nothing is compressed. */
export type FindCodecFunc = (attributes: number) => { decompress(bytes: Buffer): Promise<Buffer> } | null | undefined;

/** What kafkajs asks for, and we do. Headers are passed over: nobody here reads them. */
export interface BatchRecord {
  readonly offset: string;
  /** ms */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** The end of a transaction, or of a batch whose last records were compacted away, and no record. */
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

/** @throws ReplicationError ERG_1207 */
export async function decodeRecordBatch(batch: Buffer, findCodec: FindCodecFunc): Promise<readonly BatchRecord[]> {
  checkRecordBatch(batch);
  const codec = findCodec(batch.readInt16BE(BATCH.attributesAt));
  const stored = batch.subarray(BATCH.recordsAt);
  const count = batch.readInt32BE(BATCH.countAt);
  const bytes = codec && count > 0 ? await codec.decompress(stored) : stored;
  const records = count < 0 ? undefined : readRecords(batch, bytes, count);
  if (records === undefined) {
    throw refuseBatch(batch, `says that it has ${count} records and ends before them`);
  }
  return records;
}

/** Undefined when they are not all there. @param bytes of all records */
function readRecords(head: Buffer, bytes: Buffer, count: number): readonly BatchRecord[] | undefined {
  const firstOffset = Number(head.readBigInt64BE(0));
  const attributes = head.readInt16BE(BATCH.attributesAt);
  const firstTimestamp = Number(head.readBigInt64BE(BATCH.firstTimestampAt));
  const maxTimestamp = Number(head.readBigInt64BE(BATCH.maxTimestampAt));
  const isStamped = (attributes & BATCH.stampedMask) !== 0 && maxTimestamp !== 0;
  const isControlRecord = (attributes & BATCH.controlMask) !== 0;
  const batchContext = {
    producerId: String(head.readBigInt64BE(BATCH.producerIdAt)),
    inTransaction: (attributes & BATCH.transactionalMask) !== 0,
  };
  const reader = new RecordReader(bytes);
  const lastDelta = head.readInt32BE(BATCH.lastOffsetAt);
  let delta = -1;
  const records: BatchRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const end = reader.enter();
    const timestampDelta = reader.readInteger();
    delta = reader.readInteger();
    const offset = String(firstOffset + delta);
    const timestamp = isStamped ? maxTimestamp : firstTimestamp + timestampDelta;
    const key = reader.readBytes();
    const value = reader.readBytes();
    if (!reader.leave(end)) {
      return undefined;
    }
    records.push({ offset, timestamp, key, value, isControlRecord, batchContext });
  }
  if (delta < lastDelta) {
    // Else the library would ask for the offset behind the last record, and have this batch for an answer again.
    const offset = String(firstOffset + lastDelta);
    records.push({ offset, timestamp: maxTimestamp, key: null, value: null, isControlRecord: true, batchContext });
  }
  return records;
}

/**
 * Lengths and numbers of a record have seven bits in a byte, the lowest ones first, and their sign in the lowest bit. Behind
 * the end everything is 0; `leave` tells.
 */
class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @returns where the record ends */
  enter(): number {
    const length = this.readInteger();
    const end = this.#at + length;
    this.#at += 1; // attributes: none are defined
    return end;
  }

  /** @returns false when the record is not all there, or is shorter than what it holds */
  leave(end: number): boolean {
    const isWhole = this.#at <= end && end <= this.#bytes.length;
    this.#at = end;
    return isWhole;
  }

  /** What does not fit in a number is not exact. */
  readInteger(): number {
    const bits = this.#readBits();
    return bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2;
  }

  readBytes(): Buffer | null {
    const length = this.readInteger();
    if (length < 0) {
      return null;
    }
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  #readBits(): number {
    let byte = this.#readByte();
    let bits = byte & 0x7f;
    for (let unit = 0x80; byte >= 0x80; unit *= 0x80) {
      byte = this.#readByte();
      bits += (byte & 0x7f) * unit;
    }
    return bits;
  }

  #readByte(): number {
    const at = this.#at;
    this.#at = at + 1;
    return at < this.#bytes.length ? (this.#bytes[at] ?? 0) : 0;
  }
}
