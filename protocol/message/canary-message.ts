/** What a sweeper asks of the sink that owns a row which is reserved for canaries, and of the verifier of its partition. */
import type { ErrorCode } from '../errors/error-codes.ts';
import type { Finder } from '../verify/mismatch.ts';
import type { RowName } from '../verify/row-name.ts';

/**
 * What is done to a row. value: one column is another value · null: NULL where there was a value or '', '' where there was
 * NULL · case: one letter · space: one at the end · tick: the last digit of a time, a microsecond where it has them · bit:
 * the last one · stale: another value, and an older version · delete: the row is gone
 */
export const CANARY_CHANGES = ['value', 'null', 'case', 'space', 'tick', 'bit', 'stale', 'delete'] as const;
export type CanaryChange = (typeof CANARY_CHANGES)[number];

/** Those who have to find damage, each by itself. */
export const CANARY_FINDERS = ['sweeper', 'verifier'] as const satisfies readonly Finder[];
export type CanaryFinder = (typeof CANARY_FINDERS)[number];

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

/**
 * To `actor.sink.<pipeline>.<partition>.canary-return`: the row, which has to be right, gets a version back that it had. A
 * repair has raised it to one that no record of the row has, so that a verifier that reads such a record would take it for
 * superseded. Refused as damage is.
 */
export interface CanaryReturn extends Pick<CanaryRequest, 'row' | 'columns'> {
  /** Decimal text. */
  readonly version: string;
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

/**
 * To `actor.verifier.<pipeline>.<partition>.canary`: the record that wrote the row is read, and judged, once more as a change
 * that becomes due now. Asked again and again until that is over; who is not asked any more forgets it.
 */
export interface RereadRequest {
  readonly row: RowName;
  /** Decimal text: the version that the record gave to the row. */
  readonly version: string;
  /** Which damage it is about: another one takes its place. */
  readonly plantedMs: number;
}

/**
 * waiting: for its turn in the change stream · reading: read, compared or proved just now · reported: wrong, and the recovery
 * actor has stored that · equal: taken for right · superseded: a newer change, or another writer, is taken for the last one ·
 * unread: cannot be judged now · foreign: never, since the record is not there, or is not of the row
 */
export const REREAD_STATES = ['waiting', 'reading', 'reported', 'equal', 'superseded', 'unread', 'foreign'] as const;
export type RereadState = (typeof REREAD_STATES)[number];

export interface RereadAnswer {
  readonly state: RereadState;
  /** What it waits for, or why it is so; '' when the state says all. */
  readonly message: string;
  /** For how long this verifier has known of the damage, ms. */
  readonly ageMs: number;
}
