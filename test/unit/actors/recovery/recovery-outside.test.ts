import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import { aMismatch, aRow, RecoveryRig, WRONG } from '../../../support/recovery-rig.ts';

describe('while the breaker of a shard is open', () => {
  test('its cases wait for it, and are let go gradually when it closes, the oldest evidence first', async () => {
    const rig = await RecoveryRig.start({ rules: { rowsPerSecond: 10 } });
    rig.refusal = new ReplicationError('ERG_3011', 'the breaker is open');
    const keys = Array.from({ length: 30 }, (_, index) => String(index));
    for (const key of keys) {
      rig.rows.set(key, WRONG);
      await rig.report([aMismatch(key, WRONG, 100 - Number(key))]);
    }
    await rig.pass(302);
    expect(new Set(rig.states)).toEqual(new Set(['held']));
    expect(rig.store.incidents).toMatchObject([{ kind: 'outage', subject: 's0', closedMs: null }]);
    rig.refusal = undefined;
    const released: number[] = [];
    for (let second = 0; second < 8; second += 1) {
      await rig.pass(1);
      released.push(rig.states.filter((state) => state !== 'held').length);
    }
    expect(released.filter((count) => count > 0).slice(0, 4)).toEqual([1, 3, 7, 15]);
    expect(rig.requests[0]?.row.rowKey).toBe('29');
    await rig.pass(5);
    expect(rig.store.incidents).toMatchObject([{ closedMs: expect.any(Number) }]);
    expect(new Set(rig.states)).toEqual(new Set(['repaired']));
  });

  test('a case that was let go is looked at although the state database fails in the same moment', async () => {
    const rig = await RecoveryRig.start();
    rig.refusal = new ReplicationError('ERG_3011', 'the breaker is open');
    await rig.reportWrong(['1']);
    await rig.pass(310);
    rig.refusal = undefined;
    let hasFailed = false;
    rig.store.onCall = (method) => {
      if (!hasFailed && method === 'listDue' && rig.states.includes('checking')) {
        hasFailed = true;
        throw new ReplicationError('ERG_5001', 'away');
      }
    };
    expect(await rig.passUntil(() => hasFailed, 10)).toBe(true);
    await rig.pass(310);
    expect(rig.states).toEqual(['repaired']);
  });

  test('a case is not forgotten when the outage that a look runs into cannot be noted', async () => {
    const rig = await RecoveryRig.start();
    rig.verdictOf = () => {
      rig.refusal = new ReplicationError('ERG_3011', 'the breaker is open');
      return 'unreadable';
    };
    let hasFailed = false;
    rig.store.onCall = (method) => {
      if (!hasFailed && method === 'openIncident') {
        hasFailed = true;
        throw new ReplicationError('ERG_5001', 'away');
      }
    };
    await rig.reportWrong(['1']);
    await rig.pass(320);
    expect(hasFailed).toBe(true);
    expect(rig.states).toEqual(['retryWait']);
  });

  test('a repair that is under way is not asked for again because another case could not be written down', async () => {
    const rig = await RecoveryRig.start({ rules: { checkAfter: 5_000 } });
    rig.fateOf = () => 'unanswered';
    await rig.reportWrong(['1', '2']);
    rig.rows.set('2', { source: 'new', target: 'new' });
    let writes = 0;
    rig.store.onCall = (method) => {
      writes += method === 'write' ? 1 : 0;
      if (method === 'write' && writes === 3) {
        throw new ReplicationError('ERG_5001', 'away'); // after claim and intent
      }
    };
    await rig.pass(17);
    expect(rig.requests.map(({ row }) => row.rowKey)).toEqual(['1']);
    expect(rig.overlaps).toEqual([]);
  });

  test('a repair that fails because of it is not counted', async () => {
    const rig = await RecoveryRig.start();
    await rig.reportWrong(['1']);
    rig.fateOf = () => {
      rig.refusal = new ReplicationError('ERG_3011', 'the breaker is open');
      return 'failed';
    };
    await rig.pass(310);
    expect([...rig.store.open.values()]).toMatchObject([{ state: 'held', attempts: 0 }]);
  });
});

describe('orders of people', () => {
  async function quarantinedRig(): Promise<{ rig: RecoveryRig; caseId: bigint }> {
    const rig = await RecoveryRig.start();
    rig.fateOf = () => 'refused';
    await rig.reportWrong(['1']);
    await rig.pass(310);
    rig.fateOf = () => 'done';
    return { rig, caseId: [...rig.store.open.keys()][0] ?? 0n };
  }
  const order = { reason: 'checked', by: 'kim', runId: 3n, mayDelete: false, untilMs: null };

  test('a repair is done at once, and its reason stands in the history', async () => {
    const { rig, caseId } = await quarantinedRig();
    rig.store.giveOrder({ ...order, caseId, verb: 'repair' });
    await rig.pass(3);
    expect(rig.states).toEqual(['repaired']);
    expect(rig.store.orders).toEqual([]);
    expect(rig.store.steps).toContainEqual(expect.objectContaining({ event: 'opRepair', by: 'kim', note: 'checked' }));
  });

  test('one that does not fit is refused with a reason, and so is one of a closed case', async () => {
    const { rig, caseId } = await quarantinedRig();
    rig.store.giveOrder({ ...order, caseId, verb: 'unignore' });
    await rig.pass(2);
    rig.store.giveOrder({ ...order, caseId, verb: 'abandon' });
    rig.store.giveOrder({ ...order, caseId, verb: 'recheck' });
    await rig.pass(3);
    expect(rig.store.closed.map((one) => one.case.end)).toEqual(['abandoned']);
    expect(rig.store.refused.map(({ reason }) => reason)).toEqual([
      expect.stringMatching('ERG_5108: unignore does not fit case .*, which is quarantined'),
      expect.stringMatching('ERG_5108: recheck does not fit case .*, which is closed'),
    ]);
  });

  test('to repair are refused where another tool writes the target, and others are not', async () => {
    const rig = await RecoveryRig.start({ apply: false, rules: { mode: 'observe' } });
    await rig.reportWrong(['1']);
    const [caseId = 0n] = rig.store.open.keys();
    rig.store.giveOrder({ ...order, caseId, verb: 'repair', mayDelete: true });
    rig.store.giveOrder({ ...order, caseId, verb: 'recheck' });
    await rig.pass(5);
    expect(rig.store.refused).toMatchObject([{ reason: expect.stringMatching('ERG_5113: .*another tool') }]);
    expect(rig.store.orders).toEqual([]);
    expect([...rig.store.open.values()]).toMatchObject([
      { state: 'retryWait', ordered: null, reason: expect.stringContaining('ERG_5104') },
    ]);
    expect(rig.requests).toEqual([]);
  });
});

describe('changes that a sink could not apply', () => {
  const finding = {
    pipeline: 'orders',
    topic: 't',
    topicEpoch: 0,
    partition: 0,
    offset: 42n,
    payloadIndex: 0,
    code: 'ERG_2001',
    message: 'ERG_2001: no seller',
    table: 'orders',
    rowKey: undefined,
    recordKey: null,
    recordValue: Buffer.from('{}'),
  } as const;

  test('are routed again, and the rows they name become cases that are looked at at once', async () => {
    let isFound = false;
    const rig = await RecoveryRig.start({
      records: {
        nameRows: async () => {
          if (!isFound) {
            throw new ReplicationError('ERG_3301', 'no seller yet');
          }
          return [aRow('1')];
        },
      },
    });
    rig.rows.set('1', { source: 'new', target: undefined });
    rig.store.findings.push({ ...finding, stage: 'route' });
    await rig.pass(310);
    expect([...rig.store.open.values()]).toMatchObject([{ kind: 'opaque', state: 'retryWait', attempts: 1 }]);
    isFound = true;
    await rig.pass(310);
    expect(rig.rows.get('1')?.target).toBe('new');
    expect(rig.store.closed.map((one) => one.case.end)).toEqual(['replayed']);
    expect([...rig.store.open.values()]).toMatchObject([
      { kind: 'missing', state: 'repaired', foundBy: 'sink', offset: 42n },
    ]);
  });

  test('one that cannot be decoded waits for a person, who has it read again', async () => {
    const rig = await RecoveryRig.start({ records: { nameRows: async () => [aRow('1')] } });
    rig.rows.set('1', { source: 'new', target: 'new' });
    rig.store.findings.push({ ...finding, stage: 'decode' });
    await rig.pass(3_000);
    const [opaque] = rig.store.open.values();
    expect(opaque).toMatchObject({ kind: 'opaque', state: 'quarantined' });
    const order = { reason: 'new version', by: 'kim', runId: null, mayDelete: false, untilMs: null };
    rig.store.giveOrder({ ...order, caseId: opaque?.id ?? 0n, verb: 'replay' });
    await rig.pass(3);
    expect(rig.store.closed.map((one) => one.case.end)).toEqual(['replayed', 'healed']);
    expect(rig.store.open.size).toBe(0);
  });
});
