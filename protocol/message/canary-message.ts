/** What a sweeper asks of the sink that owns a row which is reserved for canaries. */
import type { ErrorCode } from '../errors/error-codes.ts';
import type { RowName } from '../verify/row-name.ts';

/**
 * What is done to a row. value: one column is another value · null: NULL where there was a value or '', '' where there was
 * NULL · case: one letter · space: one at the end · tick: the last digit of a time, a microsecond where it has them · bit:
 * the last one · stale: another value, and an older version · delete: the row is gone
 */
export const CANARY_CHANGES = ['value', 'null', 'case', 'space', 'tick', 'bit', 'stale', 'delete'] as const;
export type CanaryChange = (typeof CANARY_CHANGES)[number];

/**
 * To `actor.sink.<pipeline>.<partition>.canary`. The row is held in its lane, and damaged if it is right. Refused for every
 * row that the settings of the sink do not reserve.
 */
export interface CanaryRequest {
  readonly row: RowName;
  /** At the target: those that the verification compares. */
  readonly columns: readonly string[];
  /** Which of the possible changes is made; each number another one, in turn. */
  readonly turn: number;
}

/** written: the row is wrong now · unequal: it was not right before, or not there · refused: never (code) · failed: perhaps later (code) */
export const CANARY_OUTCOMES = ['written', 'unequal', 'refused', 'failed'] as const;
export type CanaryOutcome = (typeof CANARY_OUTCOMES)[number];

export interface CanaryAnswer {
  readonly outcome: CanaryOutcome;
  readonly code?: ErrorCode | undefined;
  readonly message: string;
  /** Of written. */
  readonly change?: CanaryChange | undefined;
  /** The column that was changed; undefined: the row as a whole. */
  readonly column?: string | undefined;
}
