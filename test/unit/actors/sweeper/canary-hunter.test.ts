import { expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { CanaryRig, WITHIN_MS } from '../../../support/canary-rig.ts';
import { anOrder, until } from '../../../support/run-sweep.ts';

const isIdle = (rig: CanaryRig) => rig.store.record.turn > 0 && rig.store.record.current === null;

test('a verifier that takes the damaged row for right is blind, and that is told without waiting', async () => {
  const rig = new CanaryRig();
  rig.verifier = { state: 'equal', message: '', ageMs: 1_000 };
  const actor = rig.open();
  await actor.start();
  await until(() => rig.store.record.turn === 2 && isIdle(rig));
  await actor.stop();
  expect(rig.endsOf('verifier').reason).toMatch(/^ERG_4107: .* by the verifier: it takes the row for right$/);
});

test('times are whole, so that what was stored of one that was missed is no news with the next save', async () => {
  const rig = new CanaryRig();
  const { clock } = rig.sweep;
  const wholeMs = clock.monotonicMs.bind(clock);
  clock.monotonicMs = () => wholeMs() * 1.000_012_3;
  rig.isBlind = true;
  const actor = rig.open();
  await actor.start();
  await until(() => rig.store.record.turn === 2 && isIdle(rig));
  await actor.stop();
  expect([rig.endsOf('sweeper').missedMs, rig.endsOf('verifier').foundMs].every(Number.isInteger)).toBe(true);
});

test.each([
  ['it is of another column', { columns: ['b'] }],
  ['it is of another kind', { kind: 'missing' }],
  ['it is older than the damage', { firstSeenMs: 1 }],
] as const)('a report that is not of the canary does not count: %s', async (_, reported) => {
  const rig = new CanaryRig();
  rig.reported = reported;
  rig.verifier = { state: 'reading', message: '', ageMs: 10 * WITHIN_MS };
  const actor = rig.open();
  await actor.start();
  await until(() => rig.store.record.turn === 2 && isIdle(rig));
  await actor.stop();
  expect(rig.endsOf('sweeper')).toMatchObject({ foundMs: null, missedMs: expect.any(Number) });
  expect(rig.endsOf('verifier')).toMatchObject({ foundMs: null, missedMs: expect.any(Number) });
});

test('whoever says that recovery has stored its report has found it, also when somebody else was first; who is silent has not', async () => {
  const rig = new CanaryRig();
  rig.otherFinder = 'sink';
  const actor = rig.open();
  await actor.start();
  await until(() => rig.store.record.turn === 2 && isIdle(rig));
  const found = { foundMs: expect.any(Number), missedMs: null };
  expect(rig.store.record.by).toMatchObject({ sweeper: found, verifier: found });

  rig.isBlind = true;
  rig.verifier = { state: 'reading', message: '', ageMs: 10 * WITHIN_MS };
  await until(() => rig.store.record.turn === 4 && isIdle(rig));
  await actor.stop();
  const missed = { missedMs: expect.any(Number) };
  expect(rig.store.record.by).toMatchObject({ sweeper: missed, verifier: missed });
});

const judgeless: readonly [string, (rig: CanaryRig) => void, string][] = [
  ['is not at work', (rig) => (rig.verifier = 'ERG_6101'), 'ERG_6101'],
  ['has begun late', (rig) => (rig.verifier = { state: 'reading', message: '', ageMs: 0 }), 'began late'],
  ['cannot read', (rig) => (rig.verifier = { state: 'unread', message: 'ERG_3011: away', ageMs: 99_999 }), 'ERG_3011'],
  ['sees a newer change', (rig) => (rig.verifier = { state: 'superseded', message: '', ageMs: 1 }), 'superseded'],
  [
    'finds no record',
    (rig) => (rig.verifier = { state: 'foreign', message: 'not of the row', ageMs: 1 }),
    'not of the row',
  ],
];

test.each(judgeless)('of a verifier that %s nothing is said', async (_, set, told) => {
  const rig = new CanaryRig();
  set(rig);
  const actor = rig.open();
  await actor.start();
  await until(() => rig.store.record.turn === 2 && isIdle(rig));
  await actor.stop();
  expect(rig.endsOf('verifier')).toMatchObject({
    foundMs: null,
    missedMs: null,
    reason: expect.stringContaining(told),
  });
  expect(rig.endsOf('verifier').reason).toMatch(/^ERG_4109/);
  expect(rig.endsOf('sweeper').reason).toBeNull();
  expect(rig.wrong).toEqual([]);
});

test.each(['sweeper', 'verifier'] as const)(
  'nothing is said of a %s while the breaker of the shard was open',
  async (finder) => {
    const rig = new CanaryRig();
    rig.isBlind = finder === 'sweeper';
    rig.verifier = finder === 'verifier' ? { state: 'reading', message: '', ageMs: 10 * WITHIN_MS } : undefined;
    rig.store.onSave = ({ current }) => {
      rig.refusal =
        current?.state === 'planted' && current.by === finder ? new ReplicationError('ERG_3011', 'open') : undefined;
    };
    const actor = rig.open();
    await actor.start();
    await until(() => rig.store.record.turn === 2 && isIdle(rig));
    await actor.stop();
    expect(rig.endsOf(finder)).toMatchObject({ missedMs: null, reason: expect.stringMatching(/^ERG_4109.*ERG_3011/) });
  },
);

test.each(['sweeper', 'verifier'] as const)(
  'nothing is said of a %s when a change makes the row right meanwhile',
  async (finder) => {
    const rig = new CanaryRig();
    rig.isBlind = finder === 'sweeper';
    rig.verifier = finder === 'verifier' ? { state: 'equal', message: '', ageMs: 1 } : undefined;
    rig.store.onSave = ({ current }) => {
      if (current?.state === 'planted' && current.by === finder) {
        rig.sweep.putAt(0, 'orders', anOrder(2), 7);
      }
    };
    const actor = rig.open();
    await actor.start();
    await until(() => rig.store.record.turn === 2 && isIdle(rig));
    await actor.stop();
    const reason = expect.stringMatching(/^ERG_4109.*something else has written the row/);
    expect(rig.endsOf(finder)).toMatchObject({ missedMs: null, reason });
  },
);
