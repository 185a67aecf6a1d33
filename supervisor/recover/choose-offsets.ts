/** What is to be read of a partition, of all that was asked for. Pure. */
import type { OffsetRange } from '../../actors/stream/record-stream.ts';

/** Both are included. */
export interface Offsets {
  readonly from: bigint;
  readonly to: bigint;
}

export interface ChosenOffsets {
  /** Undefined: none of it is on the broker. */
  readonly wanted: Offsets | undefined;
  /** What is not on the broker: rows that only those records name are not found. Undefined when nothing is amiss. */
  readonly note: string | undefined;
}

/** @param asked an end that is left out is that of the broker; `isExact` when each of them is wanted, not only what there is */
export function chooseOffsets(
  partition: number,
  { earliest, end }: OffsetRange,
  asked: { readonly from?: bigint | undefined; readonly to?: bigint | undefined; readonly isExact: boolean },
): ChosenOffsets {
  const last = end - 1n;
  const from = asked.from === undefined || asked.from < earliest ? earliest : asked.from;
  const to = asked.to === undefined || asked.to > last ? last : asked.to;
  const wanted = from > to ? undefined : { from, to };
  const held = end > earliest ? `offsets ${earliest} to ${last}` : 'no record';
  const holds = `partition ${partition} of the topic holds ${held}`;
  if (asked.isExact) {
    const isWhole = wanted !== undefined && from === asked.from && to === asked.to;
    return { wanted, note: isWhole ? undefined : `${holds}; of the others nothing is known` };
  }
  const isOlderGone = earliest > 0n && from === earliest;
  return { wanted, note: isOlderGone ? `${holds}; rows that only older records name are not found` : undefined };
}
