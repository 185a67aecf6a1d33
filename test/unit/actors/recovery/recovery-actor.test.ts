import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { aMismatch, aRow, RecoveryRig, WRONG } from '../../../support/recovery-rig.ts';

const EXTRA = { source: undefined, target: 'rogue' };

describe('a row that is reported wrong', () => {
  test('is looked at after five minutes, repaired by its owner, looked at after half an hour and closed', async () => {
    const rig = await RecoveryRig.start();
    expect(await rig.reportWrong(['1'])).toBe('OK');
    await rig.pass(299);
    expect(rig.states).toEqual(['waiting']);
    await rig.pass(4);
    expect(rig.states).toEqual(['repaired']);
    expect(rig.rows.get('1')).toEqual({ source: 'new', target: 'new' });
    await rig.pass(1_790);
    expect(rig.states).toEqual(['repaired']);
    await rig.pass(15);
    expect(rig.states).toEqual([]);
    expect(rig.store.closed[0]?.case).toMatchObject({ end: 'verified', attempts: 1 });
    expect(rig.store.steps.map(({ event, to }) => `${event}>${to}`)).toEqual([
      'detected>waiting',
      'due>checking',
      'diff>repairing',
      'writeOk>repaired',
      'due>reverifying',
      'equal>closed',
    ]);
    expect(rig.detail).toMatchObject({ counts: { reported: 1, checked: 2, repaired: 1, closed: 1 } });
  });

  test('is closed without a write when it is right by then', async () => {
    const rig = await RecoveryRig.start();
    await rig.reportWrong(['1']);
    rig.rows.set('1', { source: 'new', target: 'new' });
    await rig.pass(302);
    expect(rig.store.closed.map((one) => one.case.end)).toEqual(['healed']);
    expect(rig.requests).toEqual([]);
  });

  test.each([
    ['healed', { source: 'new', target: 'new' }],
    ['vanished', { source: undefined, target: undefined }],
  ])('is %s when the sink that was asked finds that nothing is to be done any more', async (end, row) => {
    const rig = await RecoveryRig.start();
    await rig.reportWrong(['1']);
    rig.fateOf = () => {
      rig.rows.set('1', row);
      return 'done';
    };
    await rig.pass(302);
    expect(rig.requests).toHaveLength(1);
    expect(rig.store.closed.map((one) => one.case)).toMatchObject([{ end, attempts: 0 }]);
  });

  test('has one case, however often it is reported', async () => {
    const rig = await RecoveryRig.start();
    rig.rows.set('1', WRONG);
    await Promise.all(Array.from({ length: 20 }, () => rig.report([aMismatch('1', WRONG), aMismatch('1', WRONG)])));
    expect([...rig.store.open.values()]).toMatchObject([{ state: 'waiting', detections: 1 }]);
    expect(await rig.report([aMismatch('1', WRONG, 101)])).toBe('OK');
    expect([...rig.store.open.values()]).toMatchObject([{ offset: 101n, detections: 2 }]);
  });

  test('has a new case when it is wrong again later, which remembers the one before', async () => {
    const rig = await RecoveryRig.start();
    await rig.reportWrong(['1']);
    await rig.passUntil(() => rig.store.open.size === 0, 2_400);
    rig.rows.set('1', WRONG);
    expect(await rig.report([aMismatch('1', WRONG)])).toBe('OK');
    const [first] = rig.store.closed;
    const [second] = rig.store.open.values();
    expect(second).toMatchObject({ state: 'waiting', relapses: 1, attempts: 0 });
    expect(second?.id).not.toBe(first?.case.id);
  });

  test('is closed when the verifier has seen it right since', async () => {
    const rig = await RecoveryRig.start();
    await rig.reportWrong(['1', '2']);
    const cleared = (key: string, offset: string) => ({ row: aRow(key), offset });
    expect(await rig.report([], [cleared('1', '100'), cleared('2', '99'), cleared('3', '100')])).toBe('OK');
    expect([...rig.store.open.values()].map(({ row }) => row.rowKey)).toEqual(['2']);
  });

  test('is never written as long as nothing tells whose it is, and is once a verifier has found it too', async () => {
    const rig = await RecoveryRig.start();
    rig.rows.set('1', WRONG);
    const found = aMismatch('1', WRONG);
    await rig.report([{ ...found, isOwnerUnknown: true, foundBy: 'sweeper' }]);
    await rig.pass(302);
    expect([...rig.store.open.values()]).toMatchObject([{ state: 'quarantined', isOwnerUnknown: true }]);
    await rig.report([{ ...found, evidence: { ...found.evidence, offset: '999' } }]);
    expect([...rig.store.open.values()]).toMatchObject([{ isOwnerUnknown: false }]);
    expect(rig.requests).toEqual([]);
  });

  test('is not written while the pipeline only observes', async () => {
    const rig = await RecoveryRig.start({ rules: { mode: 'observe' } });
    await rig.reportWrong(['1']);
    await rig.pass(3_600);
    expect(rig.requests).toEqual([]);
    expect([...rig.store.open.values()]).toMatchObject([
      { state: 'retryWait', reason: expect.stringMatching('ERG_5104') },
    ]);
  });
});

describe('a report', () => {
  test.each([
    ['no map', 7],
    ['no lists', { mismatches: 1, cleared: [] }],
    ['a row without a key', { mismatches: [], cleared: [{ row: { table: 'orders', shard: 's0' }, offset: '1' }] }],
    ['an offset that is none', { mismatches: [], cleared: [{ row: aRow('1'), offset: '-1' }] }],
    [
      'another partition',
      {
        mismatches: [
          { ...aMismatch('1', WRONG), evidence: { topicEpoch: 0, partition: 1, offset: '1', commitTimeMs: null } },
        ],
        cleared: [],
      },
    ],
  ])('with %s is answered POISON, and nothing of it is stored', async (_, body) => {
    const rig = await RecoveryRig.start();
    expect(await rig.ask(body)).toBe('POISON');
    expect(rig.store.open.size).toBe(0);
  });

  test('is answered FAILED while the state database is away, and is stored when it comes again later', async () => {
    const rig = await RecoveryRig.start();
    rig.store.onCall = () => {
      throw new ReplicationError('ERG_5001', 'away');
    };
    expect(await rig.reportWrong(['1'])).toBe('FAILED');
    await rig.pass(3);
    expect(rig.actor.status()).toMatchObject({ state: 'waiting', reason: expect.stringMatching('ERG_5001') });
    rig.store.onCall = () => {};
    await rig.pass(10);
    expect(rig.actor.status().state).toBe('running');
    expect(await rig.reportWrong(['1'])).toBe('OK');
    expect(rig.states).toEqual(['waiting']);
  });
});

describe('the place', () => {
  test('that a newer actor has taken ends the older one', async () => {
    const rig = await RecoveryRig.start();
    const older = rig.actor;
    rig.spawn();
    await rig.pass(62);
    expect(await older.ended).toMatchObject({ code: 'ERG_5101' });
    expect(rig.actor.status().state).toBe('running');
  });

  test('is left in order by a drain: what was asked for is answered and written down first', async () => {
    const rig = await RecoveryRig.start();
    await rig.reportWrong(['1']);
    await rig.passUntil(() => rig.requests.length > 0, 400);
    const drained = rig.actor.drain(10_000);
    await rig.pass(2);
    await drained;
    expect(rig.states).toEqual(['repaired']);
    expect(await rig.actor.ended).toBeUndefined();
  });
});

describe('repairs', () => {
  test('are not more a second than the settings allow', async () => {
    const rig = await RecoveryRig.start({ rules: { rowsPerSecond: 5 } });
    await rig.reportWrong(Array.from({ length: 60 }, (_, index) => String(index)));
    await rig.passUntil(() => rig.requests.length > 0, 400);
    await rig.pass(4);
    expect(rig.requests.length).toBeLessThanOrEqual(30);
    await rig.pass(12);
    expect(rig.requests.length).toBe(60);
  });

  test('of which nothing is heard are asked for again, more and more rarely, until a person has to act', async () => {
    const rig = await RecoveryRig.start({ rules: { maxAttempts: 3 } });
    rig.fateOf = () => 'unanswered';
    await rig.reportWrong(['1']);
    await rig.pass(300 + 300 + 600 + 1_200 + 3 * 65);
    expect(rig.requests.length).toBe(3);
    expect([...rig.store.open.values()]).toMatchObject([
      { state: 'quarantined', reason: expect.stringMatching('ERG_5102') },
    ]);
  });

  test('wait for the sink without being counted while nobody serves it', async () => {
    const rig = await RecoveryRig.start();
    rig.cutSink();
    await rig.reportWrong(['1']);
    await rig.pass(3_600);
    expect([...rig.store.open.values()]).toMatchObject([{ attempts: 0, reason: expect.stringMatching('ERG_6101') }]);
  });

  test('that the target refuses need a person at once', async () => {
    const rig = await RecoveryRig.start();
    rig.fateOf = () => 'refused';
    await rig.reportWrong(['1']);
    await rig.pass(310);
    expect(rig.states).toEqual(['quarantined']);
    expect(rig.requests.length).toBe(1);
  });

  test.each([
    ['refused', 'ERG_3501'],
    ['failed', 'ERG_3002'],
  ] as const)(
    'that are %s for a reason outside of the row (%s) are tried again before a person has to act',
    async (fate, code) => {
      const rig = await RecoveryRig.start({ rules: { maxAttempts: 2 } });
      rig.fateOf = () => fate;
      rig.codeOf = () => code;
      await rig.reportWrong(['1']);
      await rig.pass(300 + 300 + 600 + 20);
      expect(rig.requests.length).toBe(2);
      expect([...rig.store.open.values()]).toMatchObject([
        { state: 'quarantined', reason: expect.stringMatching('ERG_5102: 2 repairs') },
      ]);
    },
  );

  test('that the sink cannot take up now are not counted', async () => {
    const rig = await RecoveryRig.start();
    rig.fateOf = () => 'failed';
    rig.codeOf = () => 'ERG_5202';
    await rig.reportWrong(['1']);
    await rig.pass(3_600);
    expect(rig.requests.length).toBeGreaterThan(8);
    expect([...rig.store.open.values()]).toMatchObject([{ state: 'retryWait', attempts: 0 }]);
  });

  test('of rows that only the target has stop at the limit of an hour', async () => {
    const rig = await RecoveryRig.start({ rules: { deletesPerHour: 2 } });
    await rig.reportWrong(['1', '2', '3'], EXTRA);
    await rig.pass(310);
    expect(rig.requests.map(({ mayDelete }) => mayDelete)).toEqual([true, true]);
    expect(rig.states.toSorted()).toEqual(['quarantined', 'repaired', 'repaired']);
  });

  test('of rows that only the target has count against the limit of an hour also when no answer tells of them', async () => {
    const rig = await RecoveryRig.start({ rules: { deletesPerHour: 2, maxAttempts: 50 } });
    rig.fateOf = () => 'lost';
    const batches = [0, 1, 2, 3].map((batch) => [`${batch}a`, `${batch}b`]);
    for (const keys of batches) {
      await rig.reportWrong(keys, EXTRA);
      await rig.pass(90);
    }
    await rig.pass(1_500);
    expect(batches.flat().filter((key) => rig.rows.get(key)?.target === undefined)).toHaveLength(2);
  });

  test('of a table of which too many rows are wrong stop, with one incident', async () => {
    const rig = await RecoveryRig.start({ rules: { storm: { rows: 10, within: 300_000 } } });
    await rig.reportWrong(Array.from({ length: 11 }, (_, index) => String(index)));
    await rig.pass(400);
    expect(rig.requests).toEqual([]);
    expect(rig.store.incidents).toMatchObject([{ kind: 'storm', subject: 'orders', closedMs: null }]);
    expect(rig.detail.stopped).toMatchObject([{ table: 'orders' }]);
    expect(new Set(rig.states)).toEqual(new Set(['retryWait']));
  });
});
