/** A partition that looks at the logs of the targets at the very moment of each commit: what is committed must be in them. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CommittedOffset } from '../../../actors/stream/record-stream.ts';
import { decodeRecord } from '../drill/decode-record.ts';
import { findCovered } from '../drill/find-covered.ts';
import { type LogPlace, type OffsetSample, partitionName, type StreamHistory } from '../drill/history.ts';
import { MemoryPartition } from '../memory-stream.ts';
import { FAULT_TABLE } from './fault-load.ts';

const PARTITION = 0;
/** Bounds what comes after a pause. */
const MAX_FETCH_RECORDS = 200;

export class WatchedPartition extends MemoryPartition {
  readonly samples: OffsetSample[] = [];
  readonly #pipeline: string;
  /** Target to the data folder of its server. */
  readonly #logFolders: ReadonlyMap<string, string>;
  #phase = 0;
  #covered = 0;
  #hasLeftOut = false;

  constructor(pipeline: string, logFolders: ReadonlyMap<string, string>) {
    super(MAX_FETCH_RECORDS);
    this.#pipeline = pipeline;
    this.#logFolders = logFolders;
  }

  /** Everything below this offset is at the targets, or was stored as a finding. */
  get covered(): number {
    return this.#covered;
  }

  /** Something was left out at times, and made up for from an older offset. */
  get hasLeftOut(): boolean {
    return this.#hasLeftOut;
  }

  override commit(committed: CommittedOffset): void {
    super.commit(committed);
    this.#covered = findCovered(Number(committed.offset), committed.metadata);
    this.#hasLeftOut ||= this.#covered < Number(committed.offset);
    this.samples.push({
      phase: this.#phase,
      committed: new Map([[partitionName(this.#pipeline, PARTITION), this.#covered]]),
      ends: new Map([[PARTITION, Number(this.end)]]),
      places: new Map([...this.#logFolders].map(([target, folder]) => [target, readLogEnd(folder)])),
    });
  }

  /** As an operator would, with nothing running. */
  rewind(offset: bigint): void {
    this.#phase += 1;
    this.commit({ offset, metadata: '' });
  }

  /** Of the table that the load changes. */
  readHistory(): StreamHistory {
    const decoded = this.records
      .filter(({ value }) => value?.includes(`"${FAULT_TABLE}"`))
      .map(({ offset, value }) => decodeRecord(PARTITION, Number(offset), value ?? Buffer.alloc(0)));
    const rows = decoded.flatMap(({ productOrders }) => productOrders);
    return {
      changes: decoded.flatMap(({ changes }) => changes),
      ends: new Map([[PARTITION, this.records.length]]),
      sellerOf: new Map(rows.map((row) => [row['product_order_no'] ?? '', BigInt(row['seller_no'] ?? 0)])),
    };
  }
}

function readLogEnd(folder: string): LogPlace {
  const name = readFileSync(join(folder, 'binlog.index'), 'utf8').trim().split('\n').at(-1) ?? '';
  return { file: Number(/\.(\d+)$/.exec(name)?.[1]), position: statSync(join(folder, name)).size };
}
