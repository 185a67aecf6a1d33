/** Rows of a source as generated steps change them, and what each shard must hold in the end. */
import { REFUSED_VALUE } from './memory-shard.ts';
import { deleted, inserted, updated } from './sink-rig.ts';

export const ROW_KEYS = ['1', '2', '3', '4'] as const;

/** What is done to a row depends on whether it exists: a missing row is always inserted. */
export interface RowStep {
  readonly key: string;
  readonly kind: 'update' | 'delete' | 'change-key';
  readonly to: string;
  readonly moves: boolean;
  readonly refused: boolean;
  /** An update in place tells only what it changed. */
  readonly partial?: boolean;
}

interface SourceRow {
  readonly id: number;
  readonly seller: number;
  readonly v: string;
  /** Told with whole rows only. */
  readonly w?: string;
}

export class RowHistory {
  readonly #rows = new Map<string, SourceRow>();
  /** Keys that a key change tied together: they may be refused together. */
  readonly #tied = new Map<string, Set<string>>(ROW_KEYS.map((key) => [key, new Set([key])]));
  readonly #refused = new Set<string>();
  readonly #table: string;
  readonly #shards: number;
  readonly #isWide: boolean;
  readonly #sellerOf: ((key: string) => number) | undefined;
  readonly #states = new Map<string, SourceRow[]>(ROW_KEYS.map((key) => [key, []]));
  #values = 0;

  /** @param sellerOf when the key alone decides; else rows move when a step says so @param isWide rows have a further column */
  constructor(table = 'orders', shards = 2, sellerOf?: (key: string) => number, isWide = false) {
    this.#isWide = isWide;
    this.#table = table;
    this.#shards = shards;
    this.#sellerOf = sellerOf;
  }

  apply(step: RowStep) {
    const { key } = step;
    const row = this.#rows.get(key);
    if (row === undefined) {
      const seller = this.#sellerOf?.(key) ?? (step.moves ? 1 : 0);
      const after = this.#widen({ id: Number(key), seller, v: this.#valueFor(step, key) });
      this.#put(key, after);
      return inserted(after, this.#table);
    }
    this.#rows.delete(key);
    if (step.kind === 'delete') {
      return deleted(row, this.#table);
    }
    const to = step.kind === 'change-key' && !this.#rows.has(step.to) ? step.to : key;
    this.#tie(key, to);
    const next = step.moves ? (row.seller + 1) % this.#shards : row.seller;
    const seller = this.#sellerOf?.(to) ?? next;
    const after = { id: Number(to), seller, v: this.#valueFor(step, to) };
    const isPartial = step.partial === true && row.w !== undefined && to === key && seller === row.seller;
    const whole = isPartial ? { ...after, w: row.w } : this.#widen(after);
    this.#put(to, whole);
    return isPartial ? updated({ ...after, v: row.v }, after, this.#table) : updated(row, whole, this.#table);
  }

  #widen(row: SourceRow): SourceRow {
    return this.#isWide ? { ...row, w: row.v } : row;
  }

  expectedOn(shard: number, key: string): string | undefined {
    const row = this.#rows.get(key);
    return row?.seller === shard ? [row.v, row.w].filter((value) => value !== undefined).join(' ') : undefined;
  }

  /** Which of the states that the row had on the shard has this value; -1 when none has. */
  placeOf(shard: number, key: string, value: unknown): number {
    return (this.#states.get(key) ?? []).findIndex(({ seller, v }) => seller === shard && v === value);
  }

  /** A refused change of this row, or of one that it was tied to, may have left it as it was. */
  mayDiffer(key: string): boolean {
    return [...(this.#tied.get(key) ?? [])].some((tied) => this.#refused.has(tied));
  }

  #put(key: string, row: SourceRow): void {
    this.#rows.set(key, row);
    this.#states.get(key)?.push(row);
  }

  #valueFor({ refused }: RowStep, key: string): string {
    if (refused) {
      this.#refused.add(key);
      return REFUSED_VALUE;
    }
    this.#values += 1;
    return `v${this.#values}`;
  }

  #tie(key: string, other: string): void {
    const all = new Set([...(this.#tied.get(key) ?? []), ...(this.#tied.get(other) ?? [])]);
    for (const one of all) {
      this.#tied.set(one, all);
    }
  }
}
