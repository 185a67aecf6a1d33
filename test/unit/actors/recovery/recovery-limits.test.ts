/** What another row stands in the way of, and how many rows are deleted in an hour. */
import { describe, expect, test } from 'vitest';
import { MemoryCaseStore } from '../../../support/memory-case-store.ts';
import { aRow, RecoveryRig } from '../../../support/recovery-rig.ts';

const EXTRA = { source: undefined, target: 'rogue' };
const MISSING = { source: 'new', target: undefined };

describe('a row that another one stands in the way of', () => {
  test.each(['ERG_3206', 'ERG_3207'] as const)('(%s) is tried again when that one is repaired', async (code) => {
    const rig = await RecoveryRig.start();
    rig.codeOf = () => code;
    rig.fateOf = ({ row }) =>
      row.rowKey === 'child' && rig.rows.get('parent')?.target === undefined ? 'refused' : 'done';
    await rig.reportWrong(['child'], MISSING);
    await rig.pass(100);
    await rig.reportWrong(['parent'], MISSING);
    expect(await rig.passUntil(() => rig.rows.get('child')?.target === 'new', 1_200)).toBe(true);
    expect(rig.requests.map(({ row }) => row.rowKey)).toEqual(['child', 'parent', 'child']);
  });

  test('is a matter for a person when that one stays as it is, after as many tries as any', async () => {
    const rig = await RecoveryRig.start();
    rig.codeOf = () => 'ERG_3206';
    rig.fateOf = () => 'refused';
    await rig.reportWrong(['child'], MISSING);
    await rig.passUntil(() => rig.states.includes('quarantined'), 20_000);
    expect(rig.requests).toHaveLength(5);
  });

  test('takes nothing from the deletes of the hour, for it was not deleted', async () => {
    const rig = await RecoveryRig.start({ rules: { deletesPerHour: 2, maxAttempts: 50 } });
    rig.codeOf = () => 'ERG_3206';
    rig.fateOf = ({ row }) => (row.rowKey === 'parent' ? 'refused' : 'done');
    await rig.reportWrong(['parent'], EXTRA);
    await rig.passUntil(() => rig.requests.length === 2, 2_000);
    await rig.reportWrong(['1', '2'], EXTRA);
    await rig.passUntil(() => rig.rows.get('2')?.target === undefined, 1_000);
    expect([...rig.rows].flatMap(([key, { target }]) => (target === undefined ? [key] : []))).toEqual(['1', '2']);
  });
});

test('no more rows are deleted in an hour than may be, also while they are counted', async () => {
  const held = Promise.withResolvers<void>();
  let isHeld = false;
  const store = new MemoryCaseStore(() => rig.clock.wallMs());
  const { countSteps } = store;
  store.countSteps = async (...asked) => {
    const answer = await countSteps.apply(store, asked);
    if (rig.requests.length > 0) {
      isHeld = true;
      await held.promise;
    }
    return answer;
  };
  const rig: RecoveryRig = new RecoveryRig({ cases: store, rules: { deletesPerHour: 40, rowsPerSecond: 5 } });
  rig.spawn();
  await rig.pass(58);
  await rig.reportWrong(
    Array.from({ length: 100 }, (_, index) => aRow(String(index)).rowKey),
    EXTRA,
  );
  await rig.passUntil(() => isHeld, 400);
  await rig.pass(5);
  const meanwhile = rig.requests.length;
  held.resolve();
  await rig.pass(120);
  expect(meanwhile).toBeGreaterThan(10);
  expect(rig.requests).toHaveLength(40);
});
