/**
 * What has been read and waits for Kafka: records in log order, and between them marks, places at which a capture may
 * resume once everything in front of them is acknowledged.
 */
import type { ProducedRecord } from '../stream/change-producer.ts';

export interface OutboxBatch<Mark> {
  readonly records: readonly ProducedRecord[];
  readonly bytes: number;
  /** The newest mark of the batch: reached when its records are acknowledged. */
  readonly mark: Mark | undefined;
}

export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

type Entry<Mark> = { readonly record: ProducedRecord; readonly bytes: number } | { readonly mark: Mark };

/** Of a record beside its value: key, partition and Kafka's own fields. */
const OVERHEAD_BYTES = 100;

export class Outbox<Mark> {
  #entries: Entry<Mark>[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  put(record: ProducedRecord): void {
    const bytes = record.value.length + OVERHEAD_BYTES;
    this.#entries.push({ record, bytes });
    this.#bytes += bytes;
  }

  /** Of marks in a row the newest is kept, so that a log without captured changes takes no memory. */
  mark(mark: Mark): void {
    const last = this.#entries.length - 1;
    const entry = this.#entries[last];
    if (entry !== undefined && 'mark' in entry) {
      this.#entries[last] = { mark };
    } else {
      this.#entries.push({ mark });
    }
  }

  /** At least one entry, unless empty; the marks right behind the last record belong to it. */
  take(limits: BatchLimits): OutboxBatch<Mark> {
    const records: ProducedRecord[] = [];
    let bytes = 0;
    let mark: Mark | undefined;
    let taken = 0;
    for (const entry of this.#entries) {
      if ('mark' in entry) {
        mark = entry.mark;
      } else if (records.length > 0 && (records.length >= limits.maxRecords || bytes + entry.bytes > limits.maxBytes)) {
        break;
      } else {
        records.push(entry.record);
        bytes += entry.bytes;
      }
      taken += 1;
    }
    this.#entries = this.#entries.slice(taken);
    this.#bytes -= bytes;
    return { records, bytes, mark };
  }
}
