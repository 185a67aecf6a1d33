/**
 * Takes what the change stream delivers to the router, in order. A small delivery is routed at once; a large one in slices
 * with a pause between them, so that heartbeats, answers of targets and other actors of the node get their turn.
 *
 * While no lane wants more, what is delivered waits here as bytes. Decoded it would take several times the memory, and
 * would live long enough for the garbage collector to move it about.
 */
import type { Clock } from '../../protocol/clock.ts';
import type { StreamRecord } from './record-stream.ts';

export interface IntakeOptions {
  readonly route: (record: StreamRecord, arrivedMs: number) => void;
  /** False while what is routed would only wait in lanes. */
  readonly isWanted: () => boolean;
  /** Records from this offset on wait. */
  readonly limit?: () => number;
  /** After each slice. */
  readonly onSlice: () => void;
  /** A bug of ours or of the stream: nothing may be skipped, so the sink must end. */
  readonly onFailed: (error: unknown) => void;
  readonly clock: Clock;
}

/** A few milliseconds of work. */
const SLICE_RECORDS = 250;

export class Intake {
  readonly #options: IntakeOptions;
  #delivered: (readonly StreamRecord[])[] = [];
  #at = 0;
  #isScheduled = false;
  #isOpen = false;
  #isStopped = false;
  #waitingBytes = 0;
  #waitingRecords = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Delivered, but not routed yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get waitingRecords(): number {
    return this.#waitingRecords;
  }

  get isEmpty(): boolean {
    return this.#delivered.length === 0;
  }

  /** The next record is there and waits only because of its offset. */
  get isAtLimit(): boolean {
    const next = this.#next;
    return next !== undefined && this.#isBeyond(next);
  }

  /** The next record is there, and its offset is no reason to wait. */
  get hasMore(): boolean {
    const next = this.#next;
    return next !== undefined && !this.#isBeyond(next);
  }

  take(records: readonly StreamRecord[]): void {
    this.#delivered.push(records);
    this.#waitingBytes += countBytes(records);
    this.#waitingRecords += records.length;
    this.wake();
  }

  /** A lane may want more. */
  wake(): void {
    if (this.#isOpen && !this.#isScheduled) {
      this.#routeSlice();
    }
  }

  /** From now on what is taken is routed. */
  open(): void {
    this.#isOpen = true;
    this.wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#delivered = [];
  }

  get #next(): StreamRecord | undefined {
    return this.#delivered[0]?.[this.#at];
  }

  #routeSlice(): void {
    this.#isScheduled = false;
    const [records] = this.#delivered;
    if (records === undefined || this.#isStopped || !this.#options.isWanted()) {
      return;
    }
    const slice = this.#cutSlice(records);
    if (slice.length === 0) {
      return;
    }
    this.#isScheduled = true; // a wake-up from within the slice must not begin another one
    try {
      this.#routeAll(slice);
      this.#pass(records, slice.length);
      this.#options.onSlice();
    } catch (error) {
      this.stop();
      this.#options.onFailed(error);
      return;
    }
    this.#isScheduled = this.#delivered.length > 0;
    if (this.#isScheduled) {
      setImmediate(() => this.#routeSlice());
    }
  }

  #cutSlice(records: readonly StreamRecord[]): readonly StreamRecord[] {
    const slice = records.slice(this.#at, this.#at + SLICE_RECORDS);
    const beyond = this.#options.limit === undefined ? -1 : slice.findIndex((record) => this.#isBeyond(record));
    return beyond < 0 ? slice : slice.slice(0, beyond);
  }

  #isBeyond({ offset }: StreamRecord): boolean {
    return Number(offset) >= (this.#options.limit?.() ?? Number.POSITIVE_INFINITY);
  }

  #routeAll(records: readonly StreamRecord[]): void {
    const { route, clock } = this.#options;
    const arrivedMs = clock.monotonicMs();
    for (const record of records) {
      route(record, arrivedMs);
    }
    this.#waitingBytes -= countBytes(records);
    this.#waitingRecords -= records.length;
  }

  #pass(records: readonly StreamRecord[], count: number): void {
    this.#at += count;
    if (this.#at >= records.length) {
      this.#at = 0;
      this.#delivered = this.#delivered.slice(1);
    }
  }
}

function countBytes(records: readonly StreamRecord[]): number {
  let bytes = 0;
  for (const { value } of records) {
    bytes += value?.length ?? 0;
  }
  return bytes;
}
