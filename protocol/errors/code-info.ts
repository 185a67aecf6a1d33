/**
 * How the system reacts to a failure:
 *
 * transient      may pass by itself: retried with back-off, counts for the breaker
 * unknown        may or may not have happened: new connection, redone under the overwrite guard
 * row            this one change cannot be applied: isolated, stored as a finding, the rest goes on
 * schema         the table is not as we know it: refresh the catalog, rebuild, retry once
 * configuration  a person must change something: the actor stops or waits and says what
 * fenced         a newer owner or leader exists: stop at once, never retry
 * expected       part of normal running (a requested stop): not an error
 * bug            ours: the actor restarts, the event is loud
 */
export type ErrorClass = 'transient' | 'unknown' | 'row' | 'schema' | 'configuration' | 'fenced' | 'expected' | 'bug';

export interface CodeInfo {
  readonly class: ErrorClass;
  /** What happened, in one sentence. */
  readonly meaning: string;
  /** What ergate does about it by itself. */
  readonly system: string;
  /** What a person does about it; 'Nothing.' where nothing is needed. */
  readonly operator: string;
}
