import type { SourcePosition } from '../../protocol/change/source-position.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';

/** What a call has made sure of. */
export interface Anchored {
  /**
   * A place in the log of the source, in the terms of the change stream: what stands before it had happened to the rows by
   * then. Undefined where that cannot be told.
   */
  readonly position: SourcePosition | undefined;
  /** Rows of which nothing was made sure, and why. */
  readonly unsettled: ReadonlyMap<RowName, ReplicationError>;
}

/**
 * Makes sure that a look at the source is not older than its log. A transaction is in the log, and its record perhaps at the
 * target, before the source shows it to readers: whoever writes what he reads in between takes a newer row back.
 */
export interface RowAnchor {
  /**
   * Whoever reads the rows from now on sees all that the log, as far as it had come when this was called, says of them.
   * @throws ReplicationError transient when the source does not answer
   */
  settle(rows: readonly RowName[]): Promise<Anchored>;
}
