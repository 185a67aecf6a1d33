import { expect, test } from 'vitest';
import { NO_CANARY } from '../../../../actors/state/canary-store.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import type { RereadAnswer } from '../../../../protocol/message/canary-message.ts';
import { aCase } from '../../../support/build-case.ts';
import { CanaryRig, WITHIN_MS } from '../../../support/canary-rig.ts';
import { anOrder, until } from '../../../support/run-sweep.ts';

const isIdle = (rig: CanaryRig) => rig.store.record.turn > 0 && rig.store.record.current === null;

test('a reserved row is damaged and found by the sweep, then by the verifier, then comes the next; each time it is right again', async () => {
  const rig = new CanaryRig();
  const actor = rig.open();
  await actor.start();
  await until(() => rig.store.record.turn === 3 && isIdle(rig));
  await actor.stop();
  const round = (id: number) => [`damage ${id}`, `repair ${id}`, `version 0 ${id}`, `clear ${id}`];
  expect(rig.asked).toEqual([...round(2), ...round(2), ...round(4)]);
  expect(rig.store.saved.map(({ current }) => current && `${current.by} ${current.state}`)).toEqual(
    ['sweeper', 'verifier', 'sweeper'].flatMap((by) => [`${by} planned`, `${by} planted`, `${by} found`, null]),
  );
  const found = { missedMs: null, reason: null, foundMs: expect.any(Number) };
  expect(rig.store.record.by).toEqual({ sweeper: found, verifier: found });
  expect(rig.wrong).toEqual([]);
  expect(rig.detail).toMatchObject({ table: 'orders', by: { verifier: { foundMs: rig.endsOf('verifier').foundMs } } });
});

test('between two damages lies their time, between sweep and verifier none', async () => {
  const rig = new CanaryRig();
  const actor = rig.open();
  const plannedAt: number[] = [];
  rig.store.onSave = ({ current }) => {
    if (current?.state === 'planned') {
      plannedAt.push(current.plannedMs);
    }
  };
  await actor.start();
  await until(() => plannedAt.length === 3);
  await actor.stop();
  const [first = 0, second = 0, third = 0] = plannedAt;
  expect(second - first).toBeLessThan(WITHIN_MS);
  expect(third - second).toBeGreaterThanOrEqual(300_000);
});

test.each(['sweeper', 'verifier'] as const)(
  'a %s that does not report in time is told, the row repaired even so, and the next that it finds ends it',
  async (finder) => {
    const rig = new CanaryRig();
    const blind: RereadAnswer = { state: 'reading', message: 'stuck', ageMs: 10 * WITHIN_MS };
    const setBlind = (isBlind: boolean) => {
      rig.isBlind = isBlind && finder === 'sweeper';
      rig.verifier = isBlind && finder === 'verifier' ? blind : undefined;
    };
    setBlind(true);
    const actor = rig.open();
    await actor.start();
    await until(() => rig.store.record.turn === 2 && isIdle(rig));
    const missed = rig.store.saved.find(({ current }) => current?.state === 'missed');
    const { missedMs, reason } = rig.endsOf(finder);
    expect(missedMs).toBeGreaterThanOrEqual((missed?.current?.plantedMs ?? 0) + WITHIN_MS);
    expect(missedMs).toBeLessThan((missed?.current?.plantedMs ?? 0) + WITHIN_MS + 5_000);
    expect(reason).toMatch(
      `ERG_4107: value a in a row of orders on seller0 was not reported by the ${finder} within 60 s`,
    );
    expect(rig.detail?.by?.[finder]).toMatchObject({ missedMs, reason, foundMs: undefined });
    expect(rig.endsOf(finder === 'sweeper' ? 'verifier' : 'sweeper')).toMatchObject({ missedMs: null, reason: null });
    expect(rig.wrong).toEqual([]);

    setBlind(false);
    await until(() => rig.store.record.turn === 4 && isIdle(rig));
    await actor.stop();
    expect(rig.endsOf(finder).foundMs).toBeGreaterThan(missedMs ?? 0);
    expect(rig.detail?.by?.[finder].reason).toBeUndefined();
  },
);

test.each(['planted', 'found', undefined] as const)(
  'killed when %s is to be noted, the next sweeper goes on with it, and the row does not stay wrong',
  async (state) => {
    const rig = new CanaryRig();
    const killed = Promise.withResolvers<void>();
    rig.store.onSave = ({ current }) => {
      if (current?.state === state) {
        killed.resolve();
        throw new ReplicationError('ERG_5001', 'killed');
      }
    };
    const first = rig.open();
    await first.start();
    await killed.promise;
    await first.stop();
    expect(rig.store.record.current).not.toBeNull();

    rig.store.onSave = () => {};
    const second = rig.open();
    await second.start();
    await until(() => isIdle(rig));
    await second.stop();
    expect(rig.endsOf('sweeper')).toMatchObject({ missedMs: null, foundMs: expect.any(Number) });
    expect(rig.wrong).toEqual([]);
    expect(rig.damaged.every((id) => id === '2')).toBe(true);
  },
);

test('while the sink is away nothing is damaged and nothing counts as missed', async () => {
  const rig = new CanaryRig();
  rig.sinkFailure = 'ERG_6101';
  const actor = rig.open();
  await actor.start();
  const startedMs = rig.sweep.clock.wallMs();
  await until(() => rig.sweep.clock.wallMs() - startedMs > 10 * WITHIN_MS);
  expect(rig.store.record).toMatchObject({ by: NO_CANARY.by, current: { state: 'planned' } });
  expect(rig.detail?.reason).toContain('ERG_6101');
  rig.sinkFailure = undefined;
  await until(() => isIdle(rig));
  await actor.stop();
  expect(rig.endsOf('sweeper')).toMatchObject({ missedMs: null, foundMs: expect.any(Number) });
});

test('a row that cannot be repaired yet is asked for until it is', async () => {
  const rig = new CanaryRig();
  rig.store.onSave = ({ current }) => {
    rig.sinkFailure = current?.state === 'found' ? 'ERG_6101' : undefined;
  };
  const actor = rig.open();
  await actor.start();
  await until(() => rig.detail?.reason !== undefined);
  expect(rig.wrong).not.toEqual([]);
  rig.sinkFailure = undefined;
  await until(() => isIdle(rig));
  await actor.stop();
  expect(rig.wrong).toEqual([]);
});

test('a row with an open case is passed over; when all have one, it is told', async () => {
  const rig = new CanaryRig();
  rig.cases.set('6:orders/1n2', aCase());
  const actor = rig.open();
  await actor.start();
  await until(() => isIdle(rig));
  expect(rig.damaged).toEqual(['4']);
  rig.cases.set('6:orders/1n4', aCase());
  await until(() => rig.detail?.reason?.includes('case 1 of a reserved row is open') === true);
  await actor.stop();
  expect(rig.damaged).toEqual(['4']);
});

test('a row that was wrong before is no canary', async () => {
  const rig = new CanaryRig();
  rig.sweep.putAt(0, 'orders', anOrder(2, { a: '5' }));
  const actor = rig.open();
  await actor.start();
  await until(() => isIdle(rig));
  await actor.stop();
  expect(rig.endsOf('sweeper')).toMatchObject({ foundMs: null, missedMs: null });
  expect(rig.endsOf('sweeper').reason).toContain('wrong already');
});

test.each([
  ['is not at the source', { id: ['3'] }],
  ['expected the key (id), got (a)', { a: ['1'] }],
])('rows that cannot be canaries are told: %s', async (told, where) => {
  const rig = new CanaryRig();
  const actor = rig.open({ where });
  await actor.start();
  await until(() => rig.detail?.reason !== undefined);
  await actor.stop();
  expect(rig.detail?.reason).toContain('ERG_4108');
  expect(rig.detail?.reason).toContain(told);
  expect(rig.asked).toEqual([]);
});

test('what the sink refuses is told, and tried again with the next turn only', async () => {
  const rig = new CanaryRig();
  rig.answer = { outcome: 'refused', code: 'ERG_5208', message: 'ERG_5208: not reserved' };
  const actor = rig.open();
  await actor.start();
  await until(() => rig.store.record.turn === 3);
  await actor.stop();
  expect(rig.asked).toEqual(['damage 2', 'damage 2', 'damage 4']);
  expect(rig.endsOf('verifier').reason).toContain('ERG_5208');
});

test('a sweeper of an older place plants no more', async () => {
  const rig = new CanaryRig();
  const [older, newer] = [rig.open(), rig.open()];
  await newer.start();
  await until(() => isIdle(rig));
  const asked = rig.asked.length;
  await newer.stop();
  await older.start();
  const startedMs = rig.sweep.clock.wallMs();
  await until(() => rig.sweep.clock.wallMs() - startedMs > 20 * WITHIN_MS);
  await older.stop();
  expect(rig.asked).toHaveLength(asked);
});
