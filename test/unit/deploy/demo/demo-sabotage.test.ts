import { expect, test } from 'vitest';
import { countDamage } from '../../../../deploy/demo/demo-sabotage.ts';
import type { JudgedDamage } from '../../../support/saboteur/judge-damage.ts';

type Found = NonNullable<JudgedDamage['found']>;

function aDamage(foundBy: JudgedDamage['foundBy'], found?: Partial<Found>): JudgedDamage {
  // Only what is counted.
  return { foundBy, found, damage: {}, afterMs: undefined } as JudgedDamage;
}

test('what a later change overwrote counts as such only if nobody has found it', () => {
  expect(
    countDamage([
      aDamage('overwritten'),
      aDamage('overwritten', { isRepaired: false, end: 'healed' }),
      aDamage('verifier', { isRepaired: true, end: 'verified' }),
      aDamage('verifier', { isRepaired: true, end: null }),
      aDamage('sweep'),
    ]),
  ).toEqual({ damaged: 5, overwritten: 1, found: 3, repaired: 2, closed: 2, open: 1 });
});
