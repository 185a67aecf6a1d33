import { compareSeq } from '../../protocol/change/sequence.ts';
import type { RoutedChange } from '../route/routed-change.ts';

type Written = Pick<RoutedChange, 'seq' | 'image'>;

/** The other change of the row is newer and has every column of this one, so of this one nothing is left to compare. */
export function isCovered({ seq, image }: Written, other: Written): boolean {
  return (
    compareSeq(other.seq, seq) > 0 &&
    (other.image === null ||
      image === null ||
      image.layout === other.image.layout ||
      image.layout.names.every((name) => other.image?.layout.indexByName.has(name)))
  );
}
