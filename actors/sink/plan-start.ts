/** What a sink leaves out from its start: what was left out before, and what it could not reach now. Pure. */
import { type CommitNote, isNoteFit, type ParkedScope } from '../stream/parked-scope.ts';

export interface AwayScope {
  readonly shard: string;
  /** At the target; null: the whole shard. */
  readonly table: string | null;
  readonly reason: string;
}

export interface LeftOut {
  readonly scope: ParkedScope;
  readonly reason: string;
}

/**
 * All begin at the lowest offset of any of them (parking.ts).
 *
 * @param start the committed offset
 * @returns undefined when the note would be too long for a commit
 */
export function planStart(note: CommitNote, start: number, away: readonly AwayScope[]): readonly LeftOut[] | undefined {
  const own = { from: start, position: note.position, commitTimeMs: Number.NaN };
  const lowest = note.parked.reduce(
    (low, { from, position, commitTimeMs }) => (from < low.from ? { from, position, commitTimeMs } : low),
    own,
  );
  const isNew = ({ shard, table }: AwayScope) =>
    !note.parked.some((known) => known.shard === shard && (known.table === null || known.table === table));
  const added = away.filter(isNew).map(({ shard, table, reason }) => ({ scope: { shard, table, ...lowest }, reason }));
  const kept = note.parked
    .filter(
      ({ shard, table }) => table === null || !added.some(({ scope }) => scope.shard === shard && scope.table === null),
    )
    .map((scope) => ({ scope: { ...scope, ...lowest }, reason: 'was left out before' }));
  const leftOut = [...kept, ...added];
  const parked = leftOut.map(({ scope }) => scope);
  return isNoteFit({ position: note.position, parked }) ? leftOut : undefined;
}
