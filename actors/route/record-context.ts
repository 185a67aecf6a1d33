import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { StreamRecord } from '../stream/record-stream.ts';

/** What all changes of one record share. */
export interface RecordContext {
  readonly record: StreamRecord;
  /** Where it is settled. */
  readonly ledger: OffsetLedger;
  readonly slot: number;
  /** Version of its changes. */
  readonly seq: string;
  /** 'YYYY-MM-DD hh:mm:ss.mmm' UTC. */
  readonly commitTime: string | null;
  /** Of the record key; decides the lane together with the table. */
  readonly laneHash: number;
  /** Bytes of the record divided by its changes. */
  readonly bytesPerChange: number;
  /** Monotonic, ms. */
  readonly arrivedMs: number;
}

/** FNV-1a over the bytes: spreads well and costs little for short keys. @returns integer within [0, 2^32) */
export function hashRecordKey(key: Buffer | null): number {
  let hash = 0x811c9dc5;
  if (key !== null) {
    for (const byte of key) {
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
  }
  return hash >>> 0;
}
