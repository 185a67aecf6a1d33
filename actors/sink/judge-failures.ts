/**
 * Rows or environment? A row that cannot be written is refused and becomes a finding. When many different rows of a table fail
 * in the same way and hardly any is written, the rows are not the reason: a trigger that fails for all, a constraint added by
 * mistake, an emptied parent table, an answer that we do not know. Those rows have to wait, not to become findings by the thousand.
 */
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';

/** What a row's write came to, tried on its own. */
export interface RowOutcome {
  readonly table: string;
  /** Of the row; the newest outcome of a row counts. */
  readonly key: string;
  /** Undefined: it was written. */
  readonly code: ErrorCode | undefined;
}

export interface FailureLimits {
  /** Different rows that fail in the same way; > 0. Fewer are their own fault, whatever else happens. */
  readonly minKeys: number;
  /** Of the rows of the table whose outcome is known; within (0, 1]. */
  readonly minShare: number;
}

/** Guesses: a bad release of one producer spoils many rows, but seldom nine in ten of all that a table gets. */
const FAILURE_LIMITS: FailureLimits = { minKeys: 20, minShare: 0.9 };

export interface EnvironmentFailure {
  readonly table: string;
  readonly code: ErrorCode;
  /** Rows that failed so. */
  readonly keys: number;
}

/**
 * @param outcomes recent ones of a shard, oldest first; the caller bounds how many
 * @returns what is not the fault of rows; empty: each failure is its row's own
 */
export function judgeFailures(
  outcomes: readonly RowOutcome[],
  { minKeys, minShare }: FailureLimits = FAILURE_LIMITS,
): readonly EnvironmentFailure[] {
  const judged: EnvironmentFailure[] = [];
  for (const [table, ofTable] of Map.groupBy(outcomes, (outcome) => outcome.table)) {
    const newest = new Map(ofTable.map(({ key, code }) => [key, code]));
    for (const [code, failed] of Map.groupBy(newest.values(), (value) => value)) {
      if (code !== undefined && failed.length >= minKeys && failed.length >= minShare * newest.size) {
        judged.push({ table, code, keys: failed.length });
      }
    }
  }
  return judged;
}
