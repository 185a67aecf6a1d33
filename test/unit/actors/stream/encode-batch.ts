/** Batches of format 2 as the library writes them. */
import { createRequire } from 'node:module';
import { crc32c } from '../../../../actors/stream/crc32c.ts';
import { BATCH } from '../../../../actors/stream/record-batch-layout.ts';

export interface RecordToEncode {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface BatchToEncode {
  readonly firstOffset: bigint;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: bigint;
  readonly isCompressed: boolean;
  /** Bits to add: the broker has stamped it, it ends a transaction. */
  readonly attributes: number;
  readonly transactional: boolean;
  readonly records: readonly RecordToEncode[];
}

interface Encoded {
  readonly buffer: Buffer;
}

const requireFromHere = createRequire(import.meta.url);
const encodeRecord = requireFromHere('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoded;
const { RecordBatch } = requireFromHere('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<Encoded>;
};

/** A copy of a plain batch with another thing said of it. */
export const aBatch: BatchToEncode = {
  firstOffset: 40n,
  firstTimestamp: 1_764_124_800_000,
  maxTimestamp: 1_764_124_800_001,
  producerId: 7n,
  isCompressed: false,
  attributes: 0,
  transactional: false,
  records: ['first', 'second'].map((text, index) => ({
    offsetDelta: index,
    timestampDelta: index,
    key: Buffer.from('key'),
    value: Buffer.from(text),
    headers: {},
  })),
};

export async function encodeBatch({ isCompressed, attributes, records, ...batch }: BatchToEncode): Promise<Buffer> {
  const { buffer } = await RecordBatch({
    ...batch,
    compression: isCompressed ? 1 : 0,
    partitionLeaderEpoch: 0,
    producerEpoch: 0,
    firstSequence: 0,
    lastOffsetDelta: records.at(-1)?.offsetDelta ?? 0,
    records: records.map((record) => encodeRecord(record)),
  });
  return bendBatch(Buffer.from(buffer), (bent) => {
    bent.writeInt16BE(bent.readInt16BE(BATCH.attributesAt) | attributes, BATCH.attributesAt);
  });
}

/** Changed, with the checksum that belongs to it. */
export function bendBatch(batch: Buffer, bend: (batch: Buffer) => void): Buffer {
  bend(batch);
  batch.writeUInt32BE(crc32c(batch, BATCH.coveredAt, batch.length), BATCH.checksumAt);
  return batch;
}
