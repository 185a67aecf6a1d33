/**
 * Why rows that should not be there must not be deleted all the same. What the source does not say may be missing there, or
 * in a look-up, by mistake; a row that it has must be elsewhere before it is taken from here.
 */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { LookSubject, LookTable } from './look-subject.ts';
import { readTargets, type TargetAsk } from './read-targets.ts';
import type { RowPlacement } from './row-placer.ts';

export interface ExtraRow {
  readonly subject: LookSubject;
  /** Of its source row; undefined when there is none. */
  readonly placement: RowPlacement | undefined;
}

/** @returns one per row, in their order; undefined where nothing speaks against it */
export async function whyKept(
  look: LookTable,
  extras: readonly ExtraRow[],
): Promise<readonly (ReplicationError | undefined)[]> {
  const isEmpty = await isSourceEmpty(look, extras);
  const elsewhere = await Promise.all(extras.map(({ placement }) => listPlaces(look, placement)));
  const readings = await readTargets(elsewhere.flatMap((asks) => (asks instanceof ReplicationError ? [] : asks)));
  let next = 0;
  return extras.map(({ placement, subject }, index) => {
    const asks = elsewhere[index] ?? [];
    if (asks instanceof ReplicationError) {
      return asks;
    }
    const found = readings.slice(next, next + asks.length);
    next += asks.length;
    if (placement === undefined) {
      return isEmpty;
    }
    if (placement.size === 0) {
      return new ReplicationError('ERG_4085', `table ${look.table}: no shard is found for a row that the source has`);
    }
    const failure = found.find((one) => one instanceof ReplicationError);
    return failure instanceof ReplicationError || found.every((one) => one !== undefined)
      ? failure
      : new ReplicationError('ERG_4086', `table ${look.table}: the row on ${subject.row.shard} belongs elsewhere`);
  });
}

/** Undefined when it has rows, or when nobody asks. */
async function isSourceEmpty(
  { source, table }: LookTable,
  extras: readonly ExtraRow[],
): Promise<ReplicationError | undefined> {
  const first = extras.find(({ placement }) => placement === undefined);
  const isEmpty = first === undefined ? false : await source.isEmpty(first.subject.sourceTable);
  return isEmpty === true
    ? new ReplicationError('ERG_4087', `table ${table} is empty at the source`)
    : isEmpty || undefined;
}

function listPlaces(
  { targets }: LookTable,
  placement: RowPlacement = new Map(),
): readonly TargetAsk[] | ReplicationError {
  const asks: TargetAsk[] = [];
  for (const [shard, placed] of placement) {
    const side = targets.get(shard);
    if (placed instanceof ReplicationError || side === undefined) {
      return placed instanceof ReplicationError
        ? placed
        : new ReplicationError('ERG_4083', `the target has no shard ${shard}`);
    }
    asks.push({ side, table: placed.table, key: placed.keyCells });
  }
  return asks;
}
