import { describeJudged, type JudgedDamage } from './judge-damage.ts';
import { nameDamaged, type StoredCase } from './read-cases.ts';

/**
 * Of what the load has not overwritten: damage that has no case, or more than one. A case that was closed before the damage was
 * done is none of it.
 *
 * @returns one sentence each
 */
export function listUncased(
  judged: readonly JudgedDamage[],
  cases: ReadonlyMap<string, readonly StoredCase[]>,
): readonly string[] {
  return judged.flatMap((one) => {
    const { damage, foundBy } = one;
    const own = (cases.get(nameDamaged(damage)) ?? []).filter(
      ({ closedMs }) => closedMs === null || closedMs >= damage.atMs,
    );
    return foundBy === 'overwritten' || own.length === 1 ? [] : [`${own.length} cases: ${describeJudged(one)}`];
  });
}
