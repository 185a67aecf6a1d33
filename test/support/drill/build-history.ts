/** Histories of short runs, with a row of the orders at the settlement target. */
import type { LogPlace, OffsetSample, StreamChange, StreamHistory, TargetEntry } from './history.ts';

export const aPlace = (position: number): LogPlace => ({ file: 1, position });

/** @param rank 2·ver, or 2·ver + 1 for its delete */
export function aChange(offset: number, rank: number, more: Partial<StreamChange> = {}): StreamChange {
  return { partition: 0, offset, table: 'orders', key: '1', rank, ...more };
}

export function aStream(...changes: StreamChange[]): StreamHistory {
  return { changes, ends: new Map([[0, 100]]), sellerOf: new Map() };
}

export function aWrite(
  position: number,
  [ver, seq]: readonly [number, number],
  before?: readonly [number, number],
): TargetEntry {
  const known = before === undefined ? undefined : { ver: before[0], seq: before[1] };
  return { kind: 'write', table: 'orders', key: '1', ver, seq, before: known, place: aPlace(position) };
}

export function aDelete(position: number, [ver, seq]: readonly [number, number]): TargetEntry {
  return { kind: 'delete', table: 'orders', key: '1', ver, seq, place: aPlace(position) };
}

export function aFence(position: number, epoch: number): TargetEntry {
  return { kind: 'fence', pipeline: 'order-settlement', partition: 0, epoch, place: aPlace(position) };
}

export function aSample(committed: number | undefined, logEnd: number, more: Partial<OffsetSample> = {}): OffsetSample {
  return {
    phase: 0,
    committed: new Map(committed === undefined ? [] : [['order-settlement/0', committed]]),
    ends: new Map([[0, 100]]),
    places: new Map([['settlement', aPlace(logEnd)]]),
    ...more,
  };
}

/** By somebody else. */
export function asDamage(entry: TargetEntry): TargetEntry {
  return { ...entry, isDamage: true } as TargetEntry;
}
