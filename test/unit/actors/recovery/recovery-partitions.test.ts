/** A row whose record key was changed: its changes come through another partition from then on. */
import { describe, expect, test } from 'vitest';
import { aMismatch, RecoveryRig, WRONG } from '../../../support/recovery-rig.ts';

/** Two partitions of one pipeline: row "x" is in the second one, unless the world says otherwise. */
async function openBoth() {
  const world = { partition: 1 };
  const partitionOf = () => world.partition;
  const first = await RecoveryRig.start({ partitionOf });
  const second = new RecoveryRig({ partitionOf, partition: 1, cases: first.store, clock: first.clock });
  second.spawn();
  const show = (row = WRONG) => {
    first.rows.set('x', row);
    second.rows.set('x', row);
  };
  return { first, second, world, show };
}

const ORDER = { reason: 'r', by: 'me', runId: null, mayDelete: false, untilMs: null };
const SWEPT = { topicEpoch: 0, partition: 1, offset: '7', commitTimeMs: null };

describe('a case whose row has got another record key', () => {
  test('goes to the partition that the row is in now, and is repaired by the sink of that one', async () => {
    const { first, second, show } = await openBoth();
    show();
    expect(await first.report([aMismatch('x', WRONG, 1_000_000)])).toBe('OK');
    await first.pass(310);
    expect(first.requests).toEqual([]);
    expect(second.requests).toHaveLength(1);
    expect([...first.store.open.values()]).toMatchObject([{ partition: 1, state: 'repaired', attempts: 1 }]);
    expect(first.store.steps.map(({ event, to }) => `${event}>${to}`)).toEqual([
      'detected>waiting',
      'due>checking',
      'elsewhere>waiting',
      'due>checking',
      'diff>repairing',
      'writeOk>repaired',
    ]);
  });

  test('that a sweep finds there takes what later reports of that partition say', async () => {
    const { first, second, show } = await openBoth();
    await first.report([aMismatch('x', WRONG, 1_000_000)]);
    const swept = { ...aMismatch('x', WRONG, 7, 1), evidence: SWEPT, foundBy: 'sweeper' } as const;
    expect(await second.report([swept])).toBe('OK');
    expect([...first.store.open.values()]).toMatchObject([{ partition: 0, offset: 1_000_000n }]);
    show();
    second.fateOf = () => 'failed';
    await first.pass(310);
    expect([...first.store.open.values()]).toMatchObject([{ partition: 1, state: 'retryWait' }]);
    expect(await second.report([aMismatch('x', WRONG, 8, 1)])).toBe('OK');
    expect([...first.store.open.values()]).toMatchObject([{ partition: 1, offset: 8n }]);
  });

  test('that is quarantined is looked at there anew', async () => {
    const { first, second, world, show } = await openBoth();
    world.partition = 0;
    show();
    first.fateOf = () => 'refused';
    await first.report([aMismatch('x', WRONG)]);
    await first.pass(310);
    expect(first.states).toEqual(['quarantined']);
    world.partition = 1;
    const [one] = first.store.open.values();
    first.store.giveOrder({ ...ORDER, caseId: one?.id ?? 0n, verb: 'recheck' });
    await first.pass(5);
    expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  });

  test('an order of a person goes with it', async () => {
    const { first, second, show } = await openBoth();
    await first.report([aMismatch('x', WRONG)]);
    show();
    const [one] = first.store.open.values();
    first.store.giveOrder({ ...ORDER, caseId: one?.id ?? 0n, verb: 'repair' });
    await first.pass(5);
    expect([first.requests.length, second.requests.length]).toEqual([0, 1]);
  });
});
