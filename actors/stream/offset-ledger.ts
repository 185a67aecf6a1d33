/**
 * Which records of a partition are settled, and so how far the offset may be committed. Records are opened in offset
 * order and settled in any order; the watermark moves over the settled ones without a gap, and never past one that is not.
 * A record is settled when everything that was counted for it is.
 *
 * Numbers instead of bigints and rings instead of objects: this runs once or twice per change. Offsets stay below 2^48.
 */
import { comparePositions, type SourcePosition } from '../../protocol/change/source-position.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface OpenedRecord {
  /** Higher than that of the record opened before. */
  readonly offset: number;
  /** Bytes that the record holds in memory until it is settled. */
  readonly bytes: number;
  /** Commit time at the source, ms; NaN when unknown. */
  readonly commitTimeMs: number;
  /** Undefined: the record says nothing of it. null: a change without one, so that none from before counts any more. */
  readonly position: SourcePosition | null | undefined;
}

const FIRST_CAPACITY = 1_024;

export class OffsetLedger {
  #offsets = new Float64Array(FIRST_CAPACITY);
  #pending = new Int32Array(FIRST_CAPACITY);
  #bytes = new Float64Array(FIRST_CAPACITY);
  #commitTimes = new Float64Array(FIRST_CAPACITY);
  #positions: OpenedRecord['position'][] = new Array(FIRST_CAPACITY);
  /** Slots count up for ever; slot modulo capacity is its place in the rings. */
  #head = 0;
  #tail = 0;
  #heldBytes = 0;
  #watermark: number;
  #watermarkPosition: SourcePosition | undefined;
  #lastOffset: number;
  #newestCommitTimeMs = Number.NaN;

  /** @param next the first offset that may be opened */
  constructor(next: number, position: SourcePosition | undefined) {
    this.#watermark = next;
    this.#watermarkPosition = position;
    this.#lastOffset = next - 1;
  }

  /** The next offset to read after a crash: everything below it is settled. */
  get watermark(): number {
    return this.#watermark;
  }

  /** The newest source position below the watermark, since the last change that had none. */
  get watermarkPosition(): SourcePosition | undefined {
    return this.#watermarkPosition;
  }

  /** Opened records that the watermark has not passed. */
  get openRecords(): number {
    return this.#tail - this.#head;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Offsets from the watermark to the newest opened record. */
  get gap(): number {
    return this.#lastOffset + 1 - this.#watermark;
  }

  /** Behind the newest opened record. */
  get end(): number {
    return this.#lastOffset + 1;
  }

  /** Of the oldest unsettled record, ms; NaN when there is none or it has none. */
  get oldestCommitTimeMs(): number {
    return this.#head === this.#tail ? Number.NaN : (this.#commitTimes[this.#place(this.#head)] ?? Number.NaN);
  }

  /** Of the newest opened record that has one, ms; NaN before there is one. */
  get newestCommitTimeMs(): number {
    return this.#newestCommitTimeMs;
  }

  /**
   * @returns slot with one thing to settle, so that it cannot settle before everything is counted
   * @throws ReplicationError ERG_1213 when the offset is not above the last one
   */
  open(record: OpenedRecord): number {
    if (!(record.offset > this.#lastOffset)) {
      throw new ReplicationError('ERG_1213', `expected an offset above ${this.#lastOffset}, got ${record.offset}`);
    }
    if (this.#tail - this.#head === this.#offsets.length) {
      this.#grow();
    }
    const slot = this.#tail;
    const place = this.#place(slot);
    this.#tail += 1;
    this.#offsets[place] = record.offset;
    this.#pending[place] = 1;
    this.#bytes[place] = record.bytes;
    this.#commitTimes[place] = record.commitTimeMs;
    this.#positions[place] = record.position;
    this.#heldBytes += record.bytes;
    this.#lastOffset = record.offset;
    this.#newestCommitTimeMs = Number.isNaN(record.commitTimeMs) ? this.#newestCommitTimeMs : record.commitTimeMs;
    return slot;
  }

  /** Of an open record; undefined when it has none. */
  positionOf(slot: number): SourcePosition | undefined {
    return this.#positions[this.#checked(slot)] ?? undefined;
  }

  /** One more thing to settle for an open record. */
  count(slot: number): void {
    const place = this.#checked(slot);
    this.#pending[place] = (this.#pending[place] ?? 0) + 1;
  }

  /** One thing of a record is settled. */
  settle(slot: number): void {
    const place = this.#checked(slot);
    const left = (this.#pending[place] ?? 0) - 1;
    this.#pending[place] = left;
    if (left === 0) {
      this.#heldBytes -= this.#bytes[place] ?? 0;
      if (slot === this.#head) {
        this.#advance();
      }
    }
  }

  #advance(): void {
    while (this.#head < this.#tail) {
      const place = this.#place(this.#head);
      if (this.#pending[place] !== 0) {
        return;
      }
      this.#watermark = (this.#offsets[place] ?? 0) + 1;
      this.#watermarkPosition = newest(this.#watermarkPosition, this.#positions[place]);
      this.#positions[place] = undefined;
      this.#head += 1;
    }
  }

  /** A slot that is settled already or was never opened is a bug, and a dangerous one: the offset would move too far. */
  #checked(slot: number): number {
    const place = this.#place(slot);
    if (slot < this.#head || slot >= this.#tail || (this.#pending[place] ?? 0) < 1) {
      throw new ReplicationError('ERG_9000', `slot ${slot} is not open`);
    }
    return place;
  }

  #place(slot: number): number {
    return slot % this.#offsets.length;
  }

  #grow(): void {
    const from = this.#offsets.length;
    const to = from * 2;
    const move = <Ring extends Float64Array | Int32Array>(old: Ring, grown: Ring): Ring => {
      for (let slot = this.#head; slot < this.#tail; slot += 1) {
        grown[slot % to] = old[slot % from] ?? 0;
      }
      return grown;
    };
    const positions: OpenedRecord['position'][] = new Array(to);
    for (let slot = this.#head; slot < this.#tail; slot += 1) {
      positions[slot % to] = this.#positions[slot % from];
    }
    this.#offsets = move(this.#offsets, new Float64Array(to));
    this.#pending = move(this.#pending, new Int32Array(to));
    this.#bytes = move(this.#bytes, new Float64Array(to));
    this.#commitTimes = move(this.#commitTimes, new Float64Array(to));
    this.#positions = positions;
  }
}

/** A record that a capture sent again has an older position than what is settled already. */
function newest(known: SourcePosition | undefined, position: OpenedRecord['position']): SourcePosition | undefined {
  if (position === null) {
    return undefined;
  }
  if (known === undefined || position === undefined) {
    return position ?? known;
  }
  return comparePositions(position, known) > 0 ? position : known;
}
