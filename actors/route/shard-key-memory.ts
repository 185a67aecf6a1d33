/**
 * Shard keys as they were last known, told by the change stream itself or by a look-up. They serve twice. A look-up asks the
 * source as it is now, and a row that told the shard key may be gone there by the time its change is read; then what was last
 * known is right. And where a look-up answers otherwise than before, the row is still where the former answer put it, and has
 * to be deleted there.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import { copyText } from '../../protocol/change/decode/copy-text.ts';
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { LearnedColumns } from '../source/source-lookup.ts';

/** About 200 bytes each. Guess: some minutes of a busy partition. */
const MAX_KEYS = 10_000;
/** Of one key; the oldest are forgotten first. */
const MAX_FORMER = 16;

interface Known {
  readonly latest: readonly Cell[];
  readonly former: readonly Cell[];
}

const NONE: readonly Cell[] = [];
const UNKNOWN: Known = { latest: NONE, former: NONE };

export interface ShardKeyMemoryOptions {
  /** Undefined when the change stream does not tell. */
  readonly columns: LearnedColumns | undefined;
  /** Whether a key has one value: then a new one replaces it, else it is one more. */
  readonly isSingle: boolean;
}

export class ShardKeyMemory {
  readonly #options: ShardKeyMemoryOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: ShardKeyMemoryOptions) {
    this.#options = options;
  }

  /** A change of the stream, of any table. */
  learn({ table, before, after }: RowChange): void {
    const told = table === this.#options.columns?.table ? this.#read(after ?? before) : undefined;
    if (told === undefined) {
      return;
    }
    const left = after === null ? undefined : this.#read(before);
    const leaves = left !== undefined && left.key === told.key && left.value !== told.value;
    const { latest } = this.#known.get(told.key) ?? UNKNOWN;
    const others = latest.filter((value) => value !== told.value && !(leaves && value === left.value));
    const values = this.#options.isSingle ? [told.value] : [...others, told.value];
    this.#keep(told.key, values, leaves ? [left.value] : NONE);
  }

  /** What the source said. */
  note(key: string, values: readonly Cell[]): void {
    this.#keep(key, values, NONE);
  }

  find(key: string): readonly Cell[] | undefined {
    return this.#known.get(key)?.latest;
  }

  former(key: string): readonly Cell[] {
    return this.#known.get(key)?.former ?? NONE;
  }

  #read(image: RowImage | null): { readonly key: string; readonly value: Cell } | undefined {
    const { columns } = this.#options;
    if (image === null || columns === undefined) {
      return undefined;
    }
    const key = findCell(image, columns.key);
    const value = findCell(image, columns.value);
    return typeof key === 'string' && value !== undefined ? { key, value } : undefined;
  }

  /** @param left values that were not known, and are gone again */
  #keep(key: string, values: readonly Cell[], left: readonly Cell[]): void {
    const { latest, former } = this.#known.get(key) ?? UNKNOWN;
    const gone = [...former, ...left, ...latest].filter((value) => !values.includes(value));
    this.#known.delete(key); // the newest stand last
    this.#known.set(copyText(key), {
      latest: values.map(copyCell),
      former: gone.length === 0 ? NONE : [...new Set(gone)].slice(-MAX_FORMER).map(copyCell),
    });
    if (this.#known.size > MAX_KEYS) {
      const [oldest] = this.#known.keys();
      this.#known.delete(oldest ?? '');
    }
  }
}

/** A cell that does not keep the record alive which it was read from. */
function copyCell(cell: Cell): Cell {
  return typeof cell === 'string' ? copyText(cell) : cell;
}
