/** Whether what the state database has of a row is the report of its canary, and of whom. Pure. */
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import type { Canary } from '../state/canary-store.ts';
import type { Case } from '../state/case.ts';
import type { MarkerColumns } from '../target/marker-columns.ts';

/** When it has to be reported at the latest, wall ms by the clock of the state database. */
export function latestMs({ plantedMs, plannedMs }: Pick<Canary, 'plantedMs' | 'plannedMs'>, withinMs: number): number {
  return (plantedMs ?? plannedMs) + withinMs;
}

export interface ReportMeans {
  readonly withinMs: number;
  /** Whoever has to find it says that it has told recovery: somebody else may have been first. */
  readonly hasReported: boolean;
}

/** In time, by whom it should be, and of what was done: another finding of the row is none. */
export function isOfCanary(known: Case | undefined, planted: Canary, { withinMs, hasReported }: ReportMeans): boolean {
  const { plannedMs, by } = planted;
  if (known === undefined || known.firstSeenMs < plannedMs || known.firstSeenMs > latestMs(planted, withinMs)) {
    return false;
  }
  return (known.foundBy === by || hasReported) && isOfChange(known, planted);
}

/** The change is "unknown" when the sweeper was killed while it was made. */
function isOfChange({ kind, columns }: Case, { change }: Canary): boolean {
  const [what, column] = change.split(' ');
  switch (what) {
    case 'unknown':
      return true;
    case 'delete':
      return kind === 'missing';
    default:
      return kind === 'different' && (column === undefined || columns.includes(column));
  }
}

/** Whether the damage is what was written last. @param image undefined: the row is not at the target */
export function isStillDamaged({ change }: Canary, image: RowImage | undefined, { writer }: MarkerColumns): boolean {
  if (image === undefined) {
    return change === 'delete' || change === 'unknown';
  }
  const cell = findCell(image, writer);
  return cell === undefined || cell === WRITTEN_BY_CANARY;
}

/** See MarkerColumns. */
const WRITTEN_BY_CANARY = '3';
