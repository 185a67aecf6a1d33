/**
 * Rows or environment? A row that cannot be written is refused and becomes a finding. When many different rows of a table
 * fail in the same way and hardly any is written, the rows are not the reason: a trigger that fails for all, a constraint
 * added by mistake, an emptied parent table, an answer that we do not know. Those rows have to wait, not to become findings
 * by the thousand.
 *
 * Remembers the newest outcome of the last rows of each table of a shard that has failed rows among them, or rows that wait
 * for another one: those fail later than what came with them is written. A table whose rows are all written costs nothing.
 * What was judged is forgotten: when the table is tried again and its rows are bad after all, they get through as findings,
 * some at a time, instead of stopping their table for ever.
 */
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import type { RoutedChange } from '../route/routed-change.ts';

/** Different rows that fail in the same way. Fewer are their own fault, whatever else happens. Guess. */
const MIN_KEYS = 20;
/** Of the rows that are remembered. Guess: a bad release of one producer spoils many rows, but seldom nine in ten. */
const MIN_SHARE = 0.9;
/** Of a table. After so many rows that were written, a failure is forgotten. */
const REMEMBERED_KEYS = 100;

/** By row key, the oldest outcome first; undefined: it was written. */
type Outcomes = Map<string, ErrorCode | undefined>;

interface TableWindow {
  readonly outcomes: Outcomes;
  /** Keys of rows that may still fail. One whose table is left out is read again later. */
  readonly waiting: Set<string>;
}

export class FailureWindow {
  readonly #tables = new Map<string, TableWindow>();

  sawWaiting({ table, key }: Pick<RoutedChange, 'table' | 'key'>): void {
    this.#open(table.name).waiting.add(key);
  }

  sawWritten(entries: readonly Pick<RoutedChange, 'table' | 'key'>[]): void {
    if (this.#tables.size === 0) {
      return;
    }
    for (const { table, key } of entries) {
      const window = this.#tables.get(table.name);
      if (window !== undefined) {
        window.waiting.delete(key);
        remember(window.outcomes, key, undefined);
        if (window.waiting.size === 0 && !hasFailure(window.outcomes)) {
          this.#tables.delete(table.name);
        }
      }
    }
  }

  /** @returns true when it is not the fault of this row */
  sawRefused({ table, key }: Pick<RoutedChange, 'table' | 'key'>, code: ErrorCode): boolean {
    const { outcomes, waiting } = this.#open(table.name);
    waiting.delete(key);
    remember(outcomes, key, code);
    const failed = [...outcomes.values()].filter((other) => other === code).length;
    const isEnvironment = failed >= MIN_KEYS && failed >= MIN_SHARE * outcomes.size;
    if (isEnvironment) {
      this.#tables.delete(table.name);
    }
    return isEnvironment;
  }

  #open(table: string): TableWindow {
    const window = this.#tables.get(table) ?? { outcomes: new Map(), waiting: new Set() };
    this.#tables.set(table, window);
    return window;
  }
}

function remember(outcomes: Outcomes, key: string, code: ErrorCode | undefined): void {
  outcomes.delete(key);
  outcomes.set(key, code);
  if (outcomes.size > REMEMBERED_KEYS) {
    const [oldest] = outcomes.keys();
    outcomes.delete(oldest ?? '');
  }
}

function hasFailure(outcomes: Outcomes): boolean {
  for (const code of outcomes.values()) {
    if (code !== undefined) {
      return true;
    }
  }
  return false;
}
