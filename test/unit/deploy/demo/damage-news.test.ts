import { expect, test } from 'vitest';
import { DamageNews } from '../../../../deploy/demo/damage-news.ts';
import type { JudgedDamage } from '../../../support/saboteur/judge-damage.ts';

type Found = NonNullable<JudgedDamage['found']>;

function aDamage(no: number, found?: Partial<Found>, foundBy: JudgedDamage['foundBy'] = 'verifier'): JudgedDamage {
  const damage = { shard: 'seller0', table: 'orders', key: { id: String(no) } };
  return { foundBy, found, damage, afterMs: 6_240 } as unknown as JudgedDamage; // only what is told
}

const WRONG = { kind: 'different', foundBy: 'verifier', isRepaired: false, end: null };

test('each row is told of when something has become of it, and once', () => {
  const news = new DamageNews();
  expect(news.take([aDamage(1), aDamage(2)])).toEqual([]);
  expect(news.take([aDamage(1, WRONG), aDamage(2), aDamage(3, undefined, 'overwritten')])).toEqual([
    'found seller0.orders 1: different, by the verifier, 6.2 s after the damage',
    'overwritten seller0.orders 3: by a later change, before anybody looked',
  ]);
  const later = [aDamage(1, { ...WRONG, isRepaired: true }), aDamage(2, { ...WRONG, end: 'healed' })];
  expect(news.take(later)).toEqual(['repaired seller0.orders 1', 'closed seller0.orders 2: healed']);
  expect(news.take(later)).toEqual([]);
});
