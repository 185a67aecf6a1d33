/** What has become of each damaged row, told when it changes. */
import type { JudgedDamage } from '../../test/support/saboteur/judge-damage.ts';
import type { DoneDamage } from '../../test/support/saboteur/saboteur.ts';

type Stage = 'wrong' | 'overwritten' | 'found' | 'repaired' | 'closed';

export class DamageNews {
  /** In the order of the damages. */
  readonly #told: Stage[] = [];

  /** @param judged all damages, in their order @returns a line for each that is further than it was */
  take(judged: readonly JudgedDamage[]): string[] {
    return judged.flatMap((one, index) => {
      const stage = stageOf(one);
      const isNews = stage !== (this.#told[index] ?? 'wrong');
      this.#told[index] = stage;
      return isNews ? [describe(one, stage)] : [];
    });
  }
}

export function nameDamagedRow({ shard, table, key }: Pick<DoneDamage, 'shard' | 'table' | 'key'>): string {
  return `${shard}.${table} ${Object.values(key).join(',')}`;
}

function stageOf({ found, foundBy }: JudgedDamage): Stage {
  if (found === undefined) {
    return foundBy === 'overwritten' ? 'overwritten' : 'wrong';
  }
  if (found.end !== null) {
    return 'closed';
  }
  return found.isRepaired ? 'repaired' : 'found';
}

function describe({ damage, found, afterMs = 0 }: JudgedDamage, stage: Stage): string {
  const row = nameDamagedRow(damage);
  switch (stage) {
    case 'found':
      return `found ${row}: ${found?.kind}, by the ${found?.foundBy}, ${(afterMs / 1_000).toFixed(1)} s after the damage`;
    case 'closed':
      return `closed ${row}: ${found?.end}`;
    case 'overwritten':
      return `overwritten ${row}: by a later change, before anybody looked`;
    default:
      return `${stage} ${row}`;
  }
}
