import { expect, test } from 'vitest';
import type { JudgedDamage } from '../../support/saboteur/judge-damage.ts';
import { listUncased } from '../../support/saboteur/list-uncased.ts';
import { nameDamaged, type StoredCase } from '../../support/saboteur/read-cases.ts';

const AT_MS = 1_000;
const damaged = (foundBy: JudgedDamage['foundBy']): JudgedDamage => ({
  damage: {
    kind: 'column',
    columns: ['v'],
    on: 'own',
    sql: '',
    key: { id: '7' },
    leaves: 'different',
    pipeline: 'p',
    table: 'orders',
    shard: 's0',
    atMs: AT_MS,
    ver: '1',
    ageMs: 0,
  },
  foundBy,
  isOverwritten: foundBy === 'overwritten',
  found: undefined,
  afterMs: undefined,
});
const aCase = (closedMs: number | null): StoredCase => ({
  id: 1,
  previousId: null,
  row: nameDamaged(damaged('sweep').damage),
  kind: 'different',
  state: 'closed',
  foundBy: 'verifier',
  firstSeenMs: AT_MS,
  closedMs,
  isRepaired: true,
  end: 'verified',
  columns: [],
  reason: null,
});
const list = (foundBy: JudgedDamage['foundBy'], ...cases: readonly StoredCase[]) =>
  listUncased(
    [damaged(foundBy)],
    Map.groupBy(cases, ({ row }) => row),
  ).length;

test.each(['verifier', 'sweep'] as const)('a damage that %s has to find needs one case, open or closed', (foundBy) => {
  expect([list(foundBy, aCase(null)), list(foundBy, aCase(AT_MS + 1))]).toEqual([0, 0]);
  expect([list(foundBy), list(foundBy, aCase(null), aCase(AT_MS + 1))]).toEqual([1, 1]);
});

test('a case that was closed before the damage is none of it', () => {
  expect(list('sweep', aCase(AT_MS - 1))).toBe(1);
});

test('what the load has overwritten needs none', () => {
  expect(list('overwritten')).toBe(0);
});
