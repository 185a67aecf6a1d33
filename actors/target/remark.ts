import type { ErrorCode } from '../../protocol/errors/error-codes.ts';

/**
 * refused  nothing is written as it is
 * warning  it is written; what may go wrong then is said
 * note     how it is written, nothing to do
 */
export type Severity = 'refused' | 'warning' | 'note';

/** What is to be said about a table or a shard of a target before anything is written to it. */
export interface Remark {
  readonly severity: Severity;
  readonly code: ErrorCode;
  /** One sentence, without full stop and without the name of the table. */
  readonly message: string;
  /** The column that it is about, if it is about one. */
  readonly column?: string | undefined;
  /** Statements that mend it, in order, for somebody who may; none where only the settings or the source can. */
  readonly statements: readonly string[];
  /** What a person does instead, where no statement helps. */
  readonly advice?: string | undefined;
}
