/**
 * Rows of a source whose unique values wander: taken over, swapped, given up by deletes and key changes; and the log of all
 * states that each row went through, which is what applying the records one after the other would show.
 */
import { deleted, inserted, updated } from './sink-rig.ts';

/** Rows of one record key; a row keeps it for life. */
const ROWS_OF = { a: ['1', '2', '3'], b: ['4', '5', '6'] } as const;
export type RecordKey = keyof typeof ROWS_OF;
export const WANDERING_ROWS = [...ROWS_OF.a, ...ROWS_OF.b];
const RECORD_KEY_OF = new Map<string, string>(
  Object.entries(ROWS_OF).flatMap(([name, rows]) => rows.map((row) => [row, name] as const)),
);

export interface WanderStep {
  /** Of the rows of the record key. */
  readonly row: number;
  readonly kind: 'keep' | 'take' | 'swap' | 'delete' | 'change-key';
  /** Another row of the record key, for its key or its value. */
  readonly other: number;
  readonly value: string | null;
  readonly moves: boolean;
}

export interface SourceRow {
  readonly id: number;
  readonly seller: number;
  /** Different in every state of every row. */
  readonly n: number;
  /** Unique. */
  readonly u: string | null;
}

/** A row after a change; undefined: there is none. */
export interface RowState {
  /** Of the record that the change is in. */
  readonly offset: number;
  readonly row: SourceRow | undefined;
}

type Payload = ReturnType<typeof inserted> | ReturnType<typeof updated> | ReturnType<typeof deleted>;

export interface HistoryRecord {
  readonly key: string;
  readonly payloads: readonly Payload[];
}

export class ValueHistory {
  readonly #rows = new Map<string, SourceRow>();
  readonly #states = new Map<string, RowState[]>(WANDERING_ROWS.map((key) => [key, [{ offset: -1, row: undefined }]]));
  /** Keys that key changes tie together. */
  readonly #tied = new Map<string, ReadonlySet<string>>(WANDERING_ROWS.map((key) => [key, new Set([key])]));
  readonly #isUnique: boolean;
  #records: { key: string; payloads: Payload[] }[] = [];
  #written = 0;
  #changes = 0;

  /** @param isUnique no two rows may have the same u at any moment */
  constructor(isUnique: boolean) {
    this.#isUnique = isUnique;
  }

  /** A transaction of one record key, and before it, in records of their own, what rows of other record keys give up for it. */
  apply(recordKey: RecordKey, steps: readonly WanderStep[]): readonly HistoryRecord[] {
    this.#records = [];
    for (const step of steps) {
      this.#applyStep(recordKey, step);
    }
    const records = this.#records;
    this.#written += records.length;
    return records;
  }

  statesOf(key: string): readonly RowState[] {
    return this.#states.get(key) ?? [];
  }

  rowOf(key: string): SourceRow | undefined {
    return this.#rows.get(key);
  }

  /** The row was changed by one of these records, or one was that became it or that it became: they are refused together. */
  isTouchedBy(key: string, offsets: ReadonlySet<number>): boolean {
    const keys = [...(this.#tied.get(key) ?? [])];
    return keys.some((one) => this.statesOf(one).some(({ offset }) => offsets.has(offset)));
  }

  #applyStep(recordKey: RecordKey, { row, kind, other, value, moves }: WanderStep): void {
    const key = ROWS_OF[recordKey][row] ?? '';
    const otherKey = ROWS_OF[recordKey][other] ?? '';
    const before = this.#rows.get(key);
    if (before === undefined) {
      this.#free(value, key);
      this.#put(key, undefined, { seller: moves ? 1 : 0, u: value });
      return;
    }
    const seller = moves ? 1 - before.seller : before.seller;
    switch (kind) {
      case 'keep':
        this.#put(key, key, { seller, u: before.u });
        return;
      case 'take':
        this.#free(value, key);
        this.#put(key, key, { seller, u: value });
        return;
      case 'delete':
        this.#put(undefined, key);
        return;
      case 'change-key':
        this.#put(this.#rows.has(otherKey) ? key : otherKey, key, { seller, u: before.u });
        return;
      case 'swap':
        this.#swap(key, otherKey);
    }
  }

  /** As an application has to: one of the two has no value for a moment. */
  #swap(key: string, otherKey: string): void {
    const [one, other] = [this.#rows.get(key), this.#rows.get(otherKey)];
    if (one !== undefined && other !== undefined && key !== otherKey) {
      this.#put(key, key, { seller: one.seller, u: null });
      this.#put(otherKey, otherKey, { seller: other.seller, u: one.u });
      this.#put(key, key, { seller: one.seller, u: other.u });
    }
  }

  /** Whoever else has the value gives it up first. */
  #free(value: string | null, key: string): void {
    for (const [holder, row] of this.#isUnique ? this.#rows : []) {
      if (value !== null && row.u === value && holder !== key) {
        this.#put(holder, holder, { seller: row.seller, u: null });
      }
    }
  }

  /** The row at `from` becomes the row at `to`; undefined: it was not there, or is not any more. */
  #put(to: string | undefined, from: string | undefined, more?: Pick<SourceRow, 'seller' | 'u'>): void {
    const key = RECORD_KEY_OF.get(to ?? from ?? '') ?? '';
    const before = from === undefined ? undefined : this.#rows.get(from);
    if (this.#records.at(-1)?.key !== key) {
      this.#records.push({ key, payloads: [] });
    }
    if (from !== undefined && from !== to) {
      this.#rows.delete(from);
      this.#note(from);
      this.#tie(from, to ?? from);
    }
    if (to !== undefined && more !== undefined) {
      this.#changes += 1;
      this.#rows.set(to, { id: Number(to), n: this.#changes, ...more });
      this.#note(to);
    }
    const after = to === undefined ? undefined : this.#rows.get(to);
    const payload =
      before === undefined ? inserted(after ?? {}) : after === undefined ? deleted(before) : updated(before, after);
    this.#records.at(-1)?.payloads.push(payload);
  }

  #tie(key: string, other: string): void {
    const all = new Set([...(this.#tied.get(key) ?? []), ...(this.#tied.get(other) ?? [])]);
    for (const one of all) {
      this.#tied.set(one, all);
    }
  }

  #note(key: string): void {
    const offset = this.#written + this.#records.length - 1;
    this.#states.get(key)?.push({ offset, row: this.#rows.get(key) });
  }
}
