/** A partition of a change stream in memory, for a sink on a real target: a test decides what is delivered and when. */
import type {
  CommittedOffset,
  RecordStream,
  RecordStreamEvents,
  StreamRecord,
} from '../../actors/stream/record-stream.ts';

/** What Kafka would keep; outlives the streams that read it. */
export class MemoryPartition {
  readonly records: StreamRecord[] = [];
  committed: CommittedOffset | undefined;
  readonly commits: bigint[] = [];
  /** Of one delivery, at most. */
  maxFetchRecords: number;
  /** Most bytes of values in one delivery, but for a record that is larger. */
  readonly maxFetchBytes: number;
  readonly #readers = new Set<MemoryStream>();
  readonly #waiting = new Set<() => void>();

  constructor(maxFetchRecords = Number.POSITIVE_INFINITY, maxFetchBytes = Number.POSITIVE_INFINITY) {
    this.maxFetchRecords = maxFetchRecords;
    this.maxFetchBytes = maxFetchBytes;
  }

  get end(): bigint {
    return BigInt(this.records.length);
  }

  /** @returns the offset of the first one */
  append(
    ...records: readonly {
      readonly key?: string | null;
      readonly value: string | Buffer | null;
      readonly timestampMs?: number;
    }[]
  ): bigint {
    const first = this.end;
    for (const { key, value, timestampMs = -1 } of records) {
      this.records.push({
        offset: this.end,
        key: key === undefined || key === null ? null : Buffer.from(key),
        value: typeof value === 'string' ? Buffer.from(value) : value,
        timestampMs,
      });
    }
    for (const reader of this.#readers) {
      reader.deliver();
    }
    return first;
  }

  /** Resolves when everything below the offset is committed. */
  untilCommitted(offset: bigint): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if ((this.committed?.offset ?? -1n) >= offset) {
          this.#waiting.delete(check);
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Resolves when everything is committed, and nothing is noted as left out. */
  untilWhole(): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        const { offset, metadata } = this.committed ?? { offset: -1n, metadata: '' };
        if (offset >= this.end && !metadata.includes(';')) {
          this.#waiting.delete(check);
          resolve();
        }
      };
      this.#waiting.add(check);
      check();
    });
  }

  commit(committed: CommittedOffset): void {
    this.committed = committed;
    this.commits.push(committed.offset);
    for (const check of this.#waiting) {
      check();
    }
  }

  open(events: RecordStreamEvents): MemoryStream {
    const stream = new MemoryStream(this, events);
    this.#readers.add(stream);
    return stream;
  }

  leave(stream: MemoryStream): void {
    this.#readers.delete(stream);
  }
}

export class MemoryStream implements RecordStream {
  readonly #partition: MemoryPartition;
  readonly #events: RecordStreamEvents;
  #next: bigint | undefined;
  #isPaused = false;

  constructor(partition: MemoryPartition, events: RecordStreamEvents) {
    this.#partition = partition;
    this.#events = events;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  async start(): Promise<void> {
    const { committed, end } = this.#partition;
    this.#next = await this.#events.onOwned(committed, { earliest: 0n, end });
    setImmediate(() => this.deliver());
  }

  deliver(): void {
    if (this.#next === undefined || this.#isPaused) {
      return;
    }
    const records = this.#fetch(Number(this.#next));
    this.#next += BigInt(records.length);
    if (records.length > 0) {
      this.#events.onRecords(records, this.#partition.end);
    }
    if (this.#next < this.#partition.end) {
      setImmediate(() => this.deliver());
    }
  }

  #fetch(from: number): StreamRecord[] {
    const { records, maxFetchRecords, maxFetchBytes } = this.#partition;
    let bytes = records[from]?.value?.length ?? 0;
    let to = Math.min(from + 1, records.length);
    for (; to < records.length && to - from < maxFetchRecords; to += 1) {
      bytes += records[to]?.value?.length ?? 0;
      if (bytes > maxFetchBytes) {
        break;
      }
    }
    return records.slice(from, to);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    setImmediate(() => this.deliver());
  }

  async commit(offset: bigint, metadata: string): Promise<void> {
    this.#partition.commit({ offset, metadata });
  }

  async readEndOffset(): Promise<bigint> {
    return this.#partition.end;
  }

  async stop(): Promise<void> {
    this.#next = undefined;
    this.#partition.leave(this);
  }
}
