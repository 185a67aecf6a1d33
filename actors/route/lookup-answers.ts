import type { Cell } from '../../protocol/change/cell.ts';

/** What look-ups said about the changes that waited for them. */
export interface LookupAnswers {
  /** @returns undefined when neither the database nor the change stream has an answer */
  find(lookup: string, key: string): readonly Cell[] | undefined;
  /** What was the answer before, as far as it is remembered: rows may still be where it told them to be. */
  former(lookup: string, key: string): readonly Cell[];
}

/** A key that a change needs an answer for. */
export interface LookupKey {
  readonly lookup: string;
  readonly key: string;
  /** Whether it may be taken for unanswered because it was so a moment ago: where that is reported, not passed over. */
  readonly acceptsMiss: boolean;
}
