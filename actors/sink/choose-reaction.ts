import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';

/**
 * retry    the same again after a pause
 * defer    this one row again after a pause, in which the lane goes on with others
 * refresh  read the tables anew, then the same again
 * divide   something in it cannot be written: find out what
 * refuse   this one row cannot be written
 * stop     somebody else owns the partition, its ownership is in doubt, or a stop was requested
 */
export type Reaction = 'retry' | 'defer' | 'refresh' | 'divide' | 'refuse' | 'stop';

/** Another row may have to change first: it holds the unique value, or the parent of a foreign key is on its way. */
const WAITS_FOR_OTHERS: ReadonlySet<string> = new Set(['ERG_3206', 'ERG_3207']);
/** Guess: about half a second with the back-off between. */
const SPACED_TRIES = 3;
/** A statement that was ended once may have been ended by a person; twice, it takes longer than the server allows. */
const LIMIT_TRIES = 2;
/** A schema that changes under every try for this long is not a change in progress any more. */
const SCHEMA_TRIES = 5;

/**
 * What a lane does about a failed write.
 *
 * @param rows how many were in it; the halves of a primary-key change count as one; > 0
 * @param tries including this one, with this error in a row; > 0. The parts of what was divided count on.
 */
export function chooseReaction(error: ReplicationError, rows: number, tries: number): Reaction {
  switch (error.class) {
    case 'fenced':
    case 'expected':
      return 'stop';
    case 'configuration':
      return 'refresh';
    case 'schema':
      // A missing table is nothing that a row could be blamed for: it is waited for.
      return error.code === 'ERG_3402' || tries < SCHEMA_TRIES ? 'refresh' : isolate(rows);
    case 'row':
      return WAITS_FOR_OTHERS.has(error.code) && rows === 1 && tries < SPACED_TRIES ? 'defer' : isolate(rows);
    case 'bug':
      // The fence row is gone or older than its owner: no row's fault, and no reason to pass over rows.
      return error.code === 'ERG_3102' ? 'stop' : isolate(rows);
    case 'transient':
      return chooseForTransient(error.code, rows, tries);
    case 'unknown':
      return 'retry';
  }
}

function chooseForTransient(code: ErrorCode, rows: number, tries: number): Reaction {
  switch (code) {
    case 'ERG_3006':
      return rows > 1 && tries >= LIMIT_TRIES ? 'divide' : 'retry';
    case 'ERG_3099':
      return tries >= SPACED_TRIES ? isolate(rows) : 'retry';
    default:
      return 'retry';
  }
}

function isolate(rows: number): Reaction {
  return rows === 1 ? 'refuse' : 'divide';
}
