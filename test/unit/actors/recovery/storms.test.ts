/** Which rows stop the automatic repair of their table, which do not, and what becomes of them when it goes on. */
import { describe, expect, test } from 'vitest';
import type { FindingReader } from '../../../../actors/recovery/recovery-deps.ts';
import type { Finding } from '../../../../actors/state/finding.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import type { Mismatch } from '../../../../protocol/verify/mismatch.ts';
import { aMismatch, aRow, RecoveryRig, type WorldRow, WRONG } from '../../../support/recovery-rig.ts';

const RULES = { rowsPerSecond: 1_000 };
/** More than the limit of 500. */
const MANY = Array.from({ length: 520 }, (_, index) => String(index));

function aFinding(key: string): Finding {
  return {
    pipeline: 'orders',
    topic: 't',
    topicEpoch: 0,
    partition: 0,
    offset: BigInt(key),
    payloadIndex: 0,
    code: 'ERG_2007',
    stage: 'route',
    message: 'ERG_2007: no answer',
    table: 'orders',
    rowKey: undefined,
    recordKey: null,
    recordValue: Buffer.from('{}'),
  };
}

/** As a sink leaves it: changes that it could not route, each of another row, which is wrong now. */
async function unappliedRig(
  nameRows: FindingReader['nameRows'] = async ({ offset }) => [aRow(String(offset))],
): Promise<RecoveryRig> {
  const rig = await RecoveryRig.start({ rules: RULES, records: { nameRows } });
  for (const key of MANY) {
    rig.rows.set(key, WRONG);
    rig.store.findings.push(aFinding(key));
  }
  return rig;
}

const noAnswer: FindingReader['nameRows'] = async () => {
  throw new ReplicationError('ERG_2101', 'the source does not answer');
};

/** Nobody has looked at the row. */
function anUnseen(key: string): Mismatch {
  const reason = 'ERG_4010: circuitOpened';
  return { ...aMismatch(key, WRONG), columns: [], sourceDigest: null, targetDigest: null, reason };
}

function rowsOf(rig: RecoveryRig, row: WorldRow): void {
  for (const key of MANY) {
    rig.rows.set(key, row);
  }
}

const countRepaired = (rig: RecoveryRig) => [...rig.rows.values()].filter(({ target }) => target === 'new').length;
const stormsOf = (rig: RecoveryRig) => rig.store.incidents.filter(({ kind }) => kind === 'storm');

describe('a table is stopped', () => {
  test('when more of its rows were found wrong than may be: none is repaired', async () => {
    const rig = await RecoveryRig.start({ rules: RULES });
    await rig.reportWrong(MANY);
    await rig.pass(400);
    expect(stormsOf(rig)).toMatchObject([{ subject: 'orders', closedMs: null }]);
    expect(rig.requests).toEqual([]);
  });

  test('also when they are counted while the last of them are being written', async () => {
    const rig = await RecoveryRig.start({ rules: RULES });
    const write = rig.store.write.bind(rig.store);
    rig.store.write = async (...written) => {
      await new Promise<void>((resolve) => rig.clock.after(1_500, resolve));
      return await write(...written);
    };
    const reported = rig.reportWrong(MANY, { source: 'new', target: undefined });
    await rig.pass(400);
    await reported;
    expect(stormsOf(rig)).toMatchObject([{ subject: 'orders', closedMs: null }]);
    expect(rig.requests).toEqual([]);
  });

  test('also by rows that nobody had looked at when they were reported, once they turn out to be wrong', async () => {
    const rig = await RecoveryRig.start({ rules: { rowsPerSecond: 100 } });
    rowsOf(rig, WRONG);
    await rig.report(MANY.map(anUnseen));
    await rig.pass(400);
    expect(stormsOf(rig)).toHaveLength(1);
    expect(countRepaired(rig)).toBeGreaterThan(100); // then it shows that they all differ in one column
    expect(rig.requests.length).toBeLessThan(MANY.length);
  });

  test('not while nobody has looked at them, nor when they are right', async () => {
    const rig = await RecoveryRig.start({ rules: RULES });
    rowsOf(rig, { source: 'new', target: 'new' });
    await rig.report(MANY.map(anUnseen));
    expect(new Set([...rig.store.open.values()].map(({ reason }) => reason))).toEqual(
      new Set(['ERG_4010: circuitOpened']),
    );
    await rig.pass(400);
    expect(stormsOf(rig)).toEqual([]);
    expect(new Set(rig.store.closed.map((one) => one.case.end))).toEqual(new Set(['healed']));
    expect(rig.states).toEqual([]);
  });

  test('not by rows that looked wrong only because their sink was still making up for the outage', async () => {
    const rig = await RecoveryRig.start({ rules: RULES });
    rowsOf(rig, WRONG);
    rig.fateOf = ({ row }) => {
      rig.rows.set(row.rowKey, { source: 'new', target: 'new' }); // by the time it is asked
      return 'done';
    };
    await rig.report(MANY.map(anUnseen));
    expect(await rig.passUntil(() => rig.store.open.size === 0, 600)).toBe(true);
    expect(rig.requests).toHaveLength(MANY.length);
    expect(stormsOf(rig)).toEqual([]);
  });

  test('not by changes that its sink could not apply, nor by the rows that they name: all heals by itself', async () => {
    const rig = await unappliedRig();
    expect(await rig.passUntil(() => countRepaired(rig) === MANY.length, 600)).toBe(true);
    expect(await rig.passUntil(() => rig.store.open.size === 0, 2_000)).toBe(true);
    expect(stormsOf(rig)).toEqual([]);
  });

  test('not by a sweep that finds these rows before or after their changes are read again', async () => {
    const rig = await unappliedRig();
    const found = MANY.map((key): Mismatch => ({ ...aMismatch(key, WRONG, 1_000), foundBy: 'sweeper' }));
    await rig.report(found);
    expect(await rig.passUntil(() => countRepaired(rig) > 0, 600)).toBe(true);
    await rig.report(found);
    expect(await rig.passUntil(() => rig.store.open.size === 0, 2_000)).toBe(true);
    expect(countRepaired(rig)).toBe(MANY.length);
    expect(stormsOf(rig)).toEqual([]);
  });

  test('by these rows when somebody makes them wrong again after their repair', async () => {
    const rig = await unappliedRig();
    expect(await rig.passUntil(() => countRepaired(rig) === MANY.length, 600)).toBe(true);
    rowsOf(rig, WRONG);
    await rig.report(MANY.map((key) => aMismatch(key, WRONG, 1_000)));
    await rig.pass(400);
    expect(stormsOf(rig)).toHaveLength(1);
    expect(countRepaired(rig)).toBe(0);
  });

  test('by rows whose changes are read again in vain after they were proven to be wrong, but not before', async () => {
    const rig = await unappliedRig(noAnswer);
    await rig.pass(150);
    await rig.report(MANY.map((key) => ({ ...aMismatch(key, WRONG, 1_000), foundBy: 'sweeper' as const })));
    await rig.pass(120);
    expect(stormsOf(rig)).toEqual([]);
    expect(await rig.passUntil(() => stormsOf(rig).length > 0, 60)).toBe(true);
    await rig.pass(200);
    expect(rig.requests).toEqual([]);
  });

  test('not by rows whose changes were read again in vain until then, and are read now', async () => {
    let nameRows = noAnswer;
    const rig = await unappliedRig((finding) => nameRows(finding));
    await rig.pass(400);
    expect(new Set(rig.states)).toEqual(new Set(['retryWait']));
    await rig.report(MANY.map((key) => ({ ...aMismatch(key, WRONG, 1_000), foundBy: 'sweeper' as const })));
    nameRows = async ({ offset }) => [aRow(String(offset))];
    expect(await rig.passUntil(() => rig.store.open.size === 0, 2_500)).toBe(true);
    expect(countRepaired(rig)).toBe(MANY.length);
    expect(stormsOf(rig)).toEqual([]);
  });

  test('nor by rows that were proven after such a reading, and before what was read with it is noted', async () => {
    let reads = 0;
    let nameRows: FindingReader['nameRows'] = async (finding) => {
      reads += 1;
      await new Promise<void>((resolve) => rig.clock.after(1_000, resolve));
      return await noAnswer(finding);
    };
    const rig = await unappliedRig((finding) => nameRows(finding));
    expect(await rig.passUntil(() => reads === 190, 600)).toBe(true);
    await rig.report(MANY.map((key) => ({ ...aMismatch(key, WRONG, 1_000), foundBy: 'sweeper' as const })));
    nameRows = async ({ offset }) => [aRow(String(offset))];
    expect(await rig.passUntil(() => rig.store.open.size === 0, 2_500)).toBe(true);
    expect(stormsOf(rig)).toEqual([]);
  });

  test('by rows that are wrong beside those', async () => {
    const rig = await unappliedRig();
    await rig.reportWrong(Array.from({ length: 1_100 }, (_, index) => `other ${index}`));
    await rig.pass(3);
    expect(stormsOf(rig)).toHaveLength(1);
  });
});

describe('when the incident of a stopped table is closed', () => {
  const closeStorm = async (rig: RecoveryRig) => {
    const [storm] = stormsOf(rig);
    await rig.store.closeIncident({ pipeline: 'orders', partition: 0, epoch: 9 }, storm?.id ?? 0n, 'kim');
  };

  async function stoppedRig(): Promise<RecoveryRig> {
    const rig = await RecoveryRig.start({ rules: RULES });
    await rig.reportWrong(MANY);
    await rig.pass(400);
    await rig.reportWrong(['found meanwhile']);
    await rig.pass(3_000);
    expect(new Set([...rig.store.open.values()].map(({ state, reason }) => `${state} ${reason?.slice(0, 8)}`))).toEqual(
      new Set(['retryWait ERG_5103']),
    );
    expect(rig.requests).toEqual([]);
    return rig;
  }

  test('what it kept back is repaired at once and without an order, also what was found meanwhile', async () => {
    const rig = await stoppedRig();
    await closeStorm(rig);
    // By itself each would wait for most of an hour.
    expect(await rig.passUntil(() => countRepaired(rig) === MANY.length + 1, 60)).toBe(true);
    expect(await rig.passUntil(() => rig.store.open.size === 0, 2_000)).toBe(true);
    expect(stormsOf(rig)).toHaveLength(1);
  });

  test('so it is when no recovery actor ran at that moment, or for long', async () => {
    const rig = await stoppedRig();
    await rig.actor.stop();
    await closeStorm(rig);
    await rig.pass(600);
    rig.spawn();
    expect(await rig.passUntil(() => countRepaired(rig) === MANY.length + 1, 6_000)).toBe(true);
  });

  test('rows that are wrong again after their repair stop it again', async () => {
    const rig = await RecoveryRig.start({ rules: RULES });
    await rig.reportWrong(MANY);
    await rig.pass(400);
    await closeStorm(rig);
    expect(await rig.passUntil(() => countRepaired(rig) === MANY.length, 60)).toBe(true);
    await rig.pass(400);
    const asked = rig.requests.length;
    rowsOf(rig, WRONG);
    await rig.report(MANY.map((key) => aMismatch(key, WRONG, 1_000)));
    await rig.pass(400);
    expect(stormsOf(rig)).toHaveLength(2);
    expect(rig.requests).toHaveLength(asked);
  });

  test('also what was being noted as stopped at that moment', async () => {
    const rig = await RecoveryRig.start({ rules: RULES });
    const write = rig.store.write.bind(rig.store);
    const noted = Promise.withResolvers<void>();
    let isHeld = false;
    rig.store.write = async (place, writes) => {
      if (!isHeld && writes.some(({ next }) => next.reason?.startsWith('ERG_5103') === true)) {
        isHeld = true;
        await noted.promise;
      }
      return await write(place, writes);
    };
    await rig.reportWrong(MANY);
    expect(await rig.passUntil(() => isHeld, 400)).toBe(true);
    await closeStorm(rig);
    await rig.pass(10);
    noted.resolve();
    expect(await rig.passUntil(() => countRepaired(rig) === MANY.length, 60)).toBe(true);
  });

  test('what a person has to decide about stays with that person', async () => {
    const rig = await RecoveryRig.start({ rules: RULES });
    rig.fateOf = ({ row }) => (row.rowKey === 'refused' ? 'refused' : 'done');
    await rig.reportWrong(['refused']);
    await rig.pass(310);
    await rig.reportWrong(MANY);
    await rig.pass(400);
    await closeStorm(rig);
    await rig.pass(60);
    expect(countRepaired(rig)).toBe(MANY.length);
    const left = [...rig.store.open.values()].filter(({ state }) => state === 'quarantined');
    expect(left).toMatchObject([{ row: { rowKey: 'refused' }, reason: expect.stringContaining('ERG_3301') }]);
  });
});
