/** What the log of a target says of its rows, whoever wrote them. */
import { rowName, type TargetEntry, type TargetHistory } from '../drill/history.ts';
import type { DoneDamage } from '../saboteur/saboteur.ts';

type RowEntry = Extract<TargetEntry, { kind: 'write' | 'delete' }>;

/**
 * The sink has written the change of the row once more, after the row was damaged: a sink that was killed does so with what it
 * had not committed. A repair gives a row another version than its change.
 */
export function isWrittenAgain(
  { entries }: TargetHistory,
  { table, key, ver }: Pick<DoneDamage, 'table' | 'key' | 'ver'>,
): boolean {
  const row = rowName(table, Object.values(key).join());
  const [first, , ...later] = entries.filter(isOfRow).filter((one) => nameOf(one) === row && String(one.ver) === ver);
  return later.some(({ kind, seq }) => kind === 'write' && seq === first?.seq);
}

/** Rows that were given an older state while they were there, one sentence each. */
export function listBackward({ target, entries }: TargetHistory): readonly string[] {
  const vers = new Map<string, number>();
  return entries.filter(isOfRow).flatMap((entry) => {
    const name = nameOf(entry);
    const before = vers.get(name) ?? 0;
    if (entry.kind === 'delete') {
      vers.delete(name);
      return [];
    }
    vers.set(name, entry.ver);
    return entry.ver < before ? [`${target} ${name} went back from ver ${before} to ${entry.ver}`] : [];
  });
}

function isOfRow(entry: TargetEntry): entry is RowEntry {
  return entry.kind === 'write' || entry.kind === 'delete';
}

function nameOf({ table, key }: RowEntry): string {
  return rowName(table, key);
}
