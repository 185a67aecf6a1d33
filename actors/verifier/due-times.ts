/** From when on the records that wait undecoded are old enough to be compared. */
import type { StreamRecord } from '../stream/record-stream.ts';

interface Bucket {
  /** Behind the last of its records. */
  until: number;
  readonly firstDueMs: number;
  dueMs: number;
  /** Of its first record, as far as that is known. */
  readonly timeMs: number;
}

/** Records whose times are as near as this become due together, so that a busy stream needs no entry for each. */
const GRAIN_MS = 50;

export class DueTimes {
  readonly #delayMs: number;
  #young: Bucket[] = [];
  /** Old enough, and not taken: the sink has not committed them, or too much is being looked at. */
  #due: Bucket[] = [];
  #dueBelow: number;

  /** @param next the first offset that may come */
  constructor(delayMs: number, next: number) {
    this.#delayMs = delayMs;
    this.#dueBelow = next;
  }

  /** Of the oldest record that waits, wall ms; NaN when none does. */
  get oldestTimeMs(): number {
    return (this.#due[0] ?? this.#young[0])?.timeMs ?? Number.NaN;
  }

  /** When the next ones become due, wall ms; undefined when all are. */
  get nextMs(): number | undefined {
    return this.#young[0]?.dueMs;
  }

  /**
   * A record without a time, or with one that lies ahead, is as old as its arrival tells.
   *
   * @param nowMs wall
   */
  add(records: readonly StreamRecord[], nowMs: number): void {
    for (const { offset, timestampMs } of records) {
      const timeMs = timestampMs < 0 ? nowMs : Math.min(timestampMs, nowMs);
      const dueMs = timeMs + this.#delayMs;
      const last = this.#young.at(-1);
      if (last !== undefined && dueMs <= last.firstDueMs + GRAIN_MS) {
        last.until = Number(offset) + 1;
        last.dueMs = Math.max(last.dueMs, dueMs);
      } else {
        this.#young.push({ until: Number(offset) + 1, firstDueMs: dueMs, dueMs, timeMs });
      }
    }
  }

  /** Everything below this offset is old enough. @param nowMs wall */
  dueBelow(nowMs: number): number {
    const young = this.#young.findIndex(({ dueMs }) => dueMs > nowMs);
    const due = young < 0 ? this.#young : this.#young.slice(0, young);
    if (due.length > 0) {
      this.#due.push(...due);
      this.#young = this.#young.slice(due.length);
      this.#dueBelow = due.at(-1)?.until ?? this.#dueBelow;
    }
    return this.#dueBelow;
  }

  /** Everything below the offset waits no more. */
  taken(below: number): void {
    if ((this.#due[0]?.until ?? Number.POSITIVE_INFINITY) <= below) {
      this.#due = this.#due.filter(({ until }) => until > below);
    }
  }
}
