import { describe, expect, test } from 'vitest';
import type { Anchored } from '../../../../actors/row/row-anchor.ts';
import type { RowVerdict } from '../../../../actors/row/row-witness.ts';
import { MAX_REPAIRS } from '../../../../actors/sink/repair-desk.ts';
import { anExpected, aRequest, fail, RepairDeskRig, RIGHT } from '../../../support/repair-desk-rig.ts';

describe('repair desk', () => {
  test('looks, holds the lane, makes the source show its log, looks again, writes, and reads back', async () => {
    const rig = new RepairDeskRig();
    expect(await rig.desk.repair(aRequest())).toMatchObject({ outcome: 'written', seq: '7' });
    expect(rig.steps).toEqual(['look 1', 'settle', 'look 1', 'write 1@7', 'look 1']);
  });

  test('what was pushed before is written first; of what comes meanwhile, older changes of the row never are', async () => {
    const rig = new RepairDeskRig();
    rig.push('2', '5');
    rig.settle = async () => {
      rig.push('1', '6');
      rig.push('2', '7');
      rig.push('1', '8');
      return { position: undefined, unsettled: new Map() };
    };
    await rig.desk.repair(aRequest());
    rig.push('3', '9');
    expect(rig.steps).toEqual(['look 1', 'write 2@5', 'settle', 'look 1', 'write 1@7', 'look 1']);
    await expect.poll(() => rig.lane.queued).toBe(0);
    expect(rig.steps.slice(6).join()).toBe('write 2@7,write 1@8,3@9');
    expect(rig.passed).toEqual(['6']);
  });

  test('repairs rows of a shard together, the same row once more behind them', async () => {
    const rig = new RepairDeskRig();
    const first = Promise.withResolvers<RowVerdict[]>();
    rig.look = () => first.promise;
    const answers = ['1', '1', '2'].map((id) => rig.desk.repair(aRequest(id)));
    rig.look = (rows) => rig.lookAt(rows);
    first.resolve([RIGHT]);
    expect((await Promise.all(answers)).map(({ outcome }) => outcome)).toEqual(['equal', 'written', 'written']);
    expect(rig.steps).toEqual(['look 1', 'look 1,2', 'settle', 'look 1,2', 'write 1@7', 'write 2@7', 'look 1,2']);
  });

  test('a row that is being changed is left, others are not', async () => {
    const rig = new RepairDeskRig();
    const [moving, other] = [aRequest('1'), aRequest('2')];
    rig.settle = async () => ({ position: undefined, unsettled: new Map([[moving.row, fail('ERG_5205')]]) });
    const first = rig.desk.repair(aRequest('3')); // the others wait for it, and are repaired together
    const answers = [rig.desk.repair(moving), rig.desk.repair(other)];
    await first;
    expect((await Promise.all(answers)).map(({ outcome }) => outcome)).toEqual(['moving', 'written']);
  });

  test('a row whose changes are in another partition is left to the sink of that one, however late that shows', async () => {
    const rig = new RepairDeskRig();
    rig.partition = 3;
    expect(await rig.desk.repair(aRequest())).toMatchObject({ outcome: 'failed', code: 'ERG_5209' });
    expect(rig.steps).toEqual(['look 1']);
    rig.partition = 0;
    rig.settle = async () => {
      rig.partition = 3;
      return { position: undefined, unsettled: new Map() };
    };
    expect(await rig.desk.repair(aRequest())).toMatchObject({ outcome: 'failed', code: 'ERG_5209' });
    expect(rig.written).toEqual([]);
  });

  test('a row that is refused does not take others with it', async () => {
    const rig = new RepairDeskRig();
    rig.write = ([change]) => {
      if (change?.key.endsWith('1')) {
        throw fail('ERG_3201');
      }
    };
    const answers = ['3', '1', '2'].map((id) => rig.desk.repair(aRequest(id)));
    expect(await Promise.all(answers)).toMatchObject([
      { outcome: 'written' },
      { outcome: 'refused', code: 'ERG_3201', sourceDigest: 'right', targetDigest: 'wrong' },
      { outcome: 'written' },
    ]);
  });

  test('a shard that does not take it is not asked for each row', async () => {
    const rig = new RepairDeskRig();
    rig.write = () => {
      throw fail('ERG_3002');
    };
    const answers = ['3', '1', '2'].map((id) => rig.desk.repair(aRequest(id)));
    expect((await Promise.all(answers)).map(({ outcome, code }) => [outcome, code])).toEqual(
      Array.from({ length: 3 }, () => ['failed', 'ERG_3002']),
    );
    expect(rig.steps.filter((step) => step.startsWith('write'))).toHaveLength(2);
  });

  test('a shard that is slow keeps the lane no longer than one write behind the limit', async () => {
    const rig = new RepairDeskRig();
    rig.write = () => rig.clock.advance(3_000);
    const answers = ['9', '1', '2', '3', '4'].map((id) => rig.desk.repair(aRequest(id)));
    expect((await Promise.all(answers)).map(({ outcome, code }) => code ?? outcome)).toEqual([
      'written',
      'written',
      'written',
      'ERG_5203',
      'ERG_5203',
    ]);
  });

  test('a fence of a newer owner ends the sink', async () => {
    const rig = new RepairDeskRig();
    rig.write = () => {
      throw fail('ERG_3101');
    };
    expect(await rig.desk.repair(aRequest())).toMatchObject({ outcome: 'failed', code: 'ERG_3101' });
    expect(rig.fenced).toEqual(['ERG_3101']);
  });

  test('says when another write was in the way, and does not take older changes for done', async () => {
    const rig = new RepairDeskRig();
    rig.look = ([row]) => [anExpected(row?.rowKey.slice(11) ?? '')];
    rig.settle = async () => {
      rig.push('1', '6');
      return { position: undefined, unsettled: new Map() };
    };
    expect(await rig.desk.repair(aRequest())).toMatchObject({ outcome: 'moving' });
    expect(rig.passed).toEqual([]);
  });

  test('fails at once what is left out, or whose lane cannot write', async () => {
    const rig = new RepairDeskRig();
    rig.isWritten = false;
    const failed = { outcome: 'failed', code: 'ERG_5202' };
    expect(await rig.desk.repair(aRequest())).toMatchObject(failed);
    rig.isWritten = true;
    rig.write = () => {
      throw fail('ERG_3002');
    };
    rig.push('2', '5');
    await rig.clock.untilAwaited();
    expect(await rig.desk.repair(aRequest())).toMatchObject(failed);
    expect(rig.steps).toEqual(['write 2@5']);
  });

  test('a lane that does not come to the row goes on, and so does one whose source does not answer', async () => {
    const rig = new RepairDeskRig();
    rig.settle = () => new Promise(() => {});
    const answer = rig.desk.repair(aRequest());
    await expect.poll(() => rig.steps).toContain('settle');
    rig.push('1', '6');
    expect(rig.lane.queued).toBe(1);
    rig.clock.advance(5_000);
    expect(await answer).toMatchObject({ outcome: 'failed', code: 'ERG_5203' });
    await expect.poll(() => rig.lane.queued).toBe(0);

    const blocked = Promise.withResolvers<void>();
    rig.write = () => blocked.promise;
    rig.push('1', '7');
    const second = rig.desk.repair(aRequest('2'));
    await expect.poll(() => rig.steps).toEqual(expect.arrayContaining(['look 2', 'write 1@7']));
    rig.clock.advance(5_000);
    expect(await second).toMatchObject({ outcome: 'failed', code: 'ERG_5203' });
    blocked.resolve();
    rig.push('1', '8');
    await expect.poll(() => rig.lane.queued).toBe(0);
  });

  test('a stop answers all of them, and nothing is written any more', async () => {
    const rig = new RepairDeskRig();
    const settled = Promise.withResolvers<Anchored>();
    rig.settle = () => settled.promise;
    const answers = ['1', '1', '2'].map((id) => rig.desk.repair(aRequest(id)));
    await expect.poll(() => rig.steps).toContain('settle');
    rig.desk.stop();
    rig.desk.stop();
    const codes = (await Promise.all([...answers, rig.desk.repair(aRequest())])).map(({ code }) => code);
    expect(codes).toEqual(Array.from({ length: 4 }, () => 'ERG_5204'));
    settled.resolve({ position: undefined, unsettled: new Map() });
    rig.push('9', '9');
    await expect.poll(() => rig.lane.queued).toBe(0);
    expect(rig.steps.filter((step) => step.startsWith('write'))).toEqual(['write 9@9']);
  });

  test('a stop says of what is being written or was, that it is not known; of the rest, that it was not tried', async () => {
    const rig = new RepairDeskRig();
    const blocked = Promise.withResolvers<void>();
    rig.write = ([change]) => (change?.key.endsWith('2') ? blocked.promise : undefined);
    const answers = ['9', '1', '2', '3'].map((id) => rig.desk.repair(aRequest(id)));
    await expect.poll(() => rig.steps).toContain('write 2@7');
    rig.desk.stop();
    expect((await Promise.all(answers)).map(({ outcome, code }) => code ?? outcome)).toEqual([
      'written',
      'ERG_5203',
      'ERG_5203',
      'ERG_5204',
    ]);
    blocked.resolve();
  });

  test('the lane that ends fails it', async () => {
    const rig = new RepairDeskRig();
    rig.settle = async () => {
      await rig.lane.stop();
      return { position: undefined, unsettled: new Map() };
    };
    expect(await rig.desk.repair(aRequest())).toMatchObject({ outcome: 'failed', code: 'ERG_5204' });
    expect(rig.steps.filter((step) => step.startsWith('write'))).toEqual([]);
  });

  test('takes a bounded number', async () => {
    const rig = new RepairDeskRig();
    rig.look = () => new Promise(() => {});
    const answers = Array.from({ length: MAX_REPAIRS }, (_, id) => rig.desk.repair(aRequest(String(id))));
    expect(rig.desk.isFull).toBe(true);
    rig.desk.stop();
    await Promise.all(answers);
    expect(rig.desk.isFull).toBe(false);
  });
});
