import type { ShardChange } from '../../../actors/target/target-shard.ts';
import { LAST, type Race, type World } from './race-model.ts';

export interface Walk {
  /** What was run at the target, in order. */
  readonly changes: readonly ShardChange[];
  readonly end: World;
}

/** One order of all steps. @param random within [0, 1) */
export function walk(race: Race, random: () => number): Walk {
  const changes: ShardChange[] = [];
  let world = race.start();
  while (!race.isOver(world)) {
    const next = race.next(world);
    const chosen = next[Math.floor(random() * next.length)];
    if (chosen === undefined) {
      throw new Error('stuck');
    }
    if (chosen[LAST] !== undefined && chosen[LAST] !== world[LAST]) {
      changes.push(chosen[LAST].change);
    }
    world = chosen;
  }
  return { changes, end: world };
}
