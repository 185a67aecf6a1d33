/** Which unverified range a change belongs to, and which one is to be read again next. Pure. */
import type { UnverifiedRange } from '../state/unverified-range.ts';
import type { TargetPlace } from './sink-view.ts';

export interface KnownRange {
  readonly range: UnverifiedRange;
  /** It is being read again: what cannot be verified even so is another range. */
  readonly isBeingRead: boolean;
  /** It is stored as it is. */
  readonly isSaved: boolean;
  /** Monotonic, ms. */
  readonly tryAtMs: number;
}

export interface RangeSituation {
  readonly nowMs: number;
  readonly sinkOffset: number;
  /** The place can be read, and the sink has left out nothing of it up to the offset. */
  readonly isReady: (place: TargetPlace, offset: number) => boolean;
}

/** So near that one reading for both costs less than two. */
const NEAR_OFFSETS = 1_000;
/** More would be no use to anybody: the nearest grows instead. */
const MOST_PER_PLACE = 8;

/** The range that is to grow by the offsets; undefined: they begin one of their own. */
export function chooseRangeToGrow<Known extends KnownRange>(
  known: readonly Known[],
  place: TargetPlace,
  { from, to, isReadable }: Pick<UnverifiedRange, 'from' | 'to' | 'isReadable'>,
): Known | undefined {
  const ofPlace = known.filter(
    ({ range, isBeingRead }) =>
      range.isReadable === isReadable && !isBeingRead && range.shard === place.shard && range.table === place.table,
  );
  const distanceTo = ({ range }: Known) => Math.max(0, from - range.to, range.from - to);
  const [nearest] = ofPlace.sort((left, right) => distanceTo(left) - distanceTo(right));
  return nearest !== undefined && (distanceTo(nearest) <= NEAR_OFFSETS || ofPlace.length >= MOST_PER_PLACE)
    ? nearest
    : undefined;
}

/** One at a time: a second reading must not take what the first one needs. */
export function chooseRangeToRead<Known extends KnownRange>(
  known: readonly Known[],
  { nowMs, sinkOffset, isReady }: RangeSituation,
): Known | undefined {
  if (known.some(({ isBeingRead }) => isBeingRead)) {
    return undefined;
  }
  return known.find(
    ({ range, isSaved, tryAtMs }) =>
      range.isReadable && isSaved && tryAtMs <= nowMs && range.to < sinkOffset && isReady(range, range.to),
  );
}
