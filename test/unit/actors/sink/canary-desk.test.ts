import { describe, expect, test } from 'vitest';
import type { CanaryRequest } from '../../../../protocol/message/canary-message.ts';
import { anExpected, aRequest, fail, RepairDeskRig, RIGHT } from '../../../support/repair-desk-rig.ts';

const ROW = { id: '901', v: '5', ergate_yn: '1', rpc_time: null, ergate_seq: '3' };
const aCanary = (id = '901', turn = 0): CanaryRequest => ({ row: aRequest(id).row, columns: ['id', 'v'], turn });
const aReturn = (version: string, id = '901') => ({ row: aRequest(id).row, columns: ['id', 'v'], version });

function aRig(): RepairDeskRig {
  const rig = new RepairDeskRig();
  rig.rows.set('6:orders/1n901', ROW);
  rig.rows.set('6:orders/1n902', { ...ROW, id: '902' });
  rig.rows.set('6:orders/1n1', { ...ROW, id: '1' });
  rig.look = (rows) => rows.map(() => RIGHT);
  return rig;
}

describe('damage at the repair desk', () => {
  test('holds the lane, sees that the row is right, and writes one column with the version that the row has', async () => {
    const rig = aRig();
    expect(await rig.desk.damage(aCanary())).toEqual({ outcome: 'written', message: '', change: 'value', column: 'v' });
    expect(rig.steps).toEqual(['look 901', 'write 901@3']);
    expect(rig.written).toMatchObject([{ writer: 'canary', seq: '3', image: { cells: ['901', '4'] } }]);
  });

  test('is refused for a row that is not reserved, by its name and by what is there', async () => {
    const rig = aRig();
    const refused = { outcome: 'refused', code: 'ERG_5208' };
    expect(await rig.desk.damage(aCanary('1'))).toMatchObject(refused);
    const feigned = { ...aCanary('1'), row: { ...aRequest('1').row, sourceKey: [['id', '901']] as const } };
    expect(await rig.desk.damage(feigned)).toMatchObject(refused);
    const unnamed = { ...aCanary(), row: { ...aRequest('901').row, sourceKey: [['id', '1']] as const } };
    expect(await rig.desk.damage(unnamed)).toMatchObject(refused);
    const noOther = { ...aCanary(), columns: ['id', 'ergate_seq'], turn: 1 };
    expect(await rig.desk.damage(noOther)).toMatchObject({ change: 'delete' });
    expect(rig.written.map(({ key }) => key)).toEqual(['6:orders/1n901']);
  });

  test.each([
    ['is wrong', () => [anExpected('901')]],
    ['moves', () => [{ kind: 'moving' } as const]],
    ['is on neither side', () => [{ kind: 'equal', digest: null } as const]],
  ])('is not done to a row that %s', async (_, look) => {
    const rig = aRig();
    rig.look = look;
    expect(await rig.desk.damage(aCanary())).toMatchObject({ outcome: 'unequal' });
    rig.look = (rows) => rows.map(() => RIGHT);
    rig.rows.clear(); // nor to one that is not there
    expect(await rig.desk.damage(aCanary())).toMatchObject({ outcome: 'unequal' });
    expect(rig.written).toEqual([]);
  });

  test('waits for the repairs before it, and repairs wait for it', async () => {
    const rig = aRig();
    rig.look = (rows) => rows.map(({ rowKey }) => (rowKey.endsWith('1n1') ? rig.lookAt(rows)[0] : RIGHT) ?? RIGHT);
    const all = [rig.desk.repair(aRequest('1')), rig.desk.damage(aCanary()), rig.desk.damage(aCanary('902'))];
    expect((await Promise.all(all)).map(({ outcome, code }) => code ?? outcome)).toEqual([
      'written',
      'written',
      'ERG_5202',
    ]);
    expect(rig.steps.filter((step) => step.startsWith('write'))).toEqual(['write 1@7', 'write 901@3']);
  });

  test('fails while the shard is left out, when the write fails, when it takes too long, and when the sink ends', async () => {
    const rig = aRig();
    rig.isWritten = false;
    expect(await rig.desk.damage(aCanary())).toMatchObject({ outcome: 'failed', code: 'ERG_5202' });
    rig.isWritten = true;
    rig.write = () => {
      throw fail('ERG_3002');
    };
    expect(await rig.desk.damage(aCanary())).toMatchObject({ outcome: 'failed', code: 'ERG_3002' });
    rig.look = () => new Promise(() => {});
    const late = rig.desk.damage(aCanary());
    await expect.poll(() => rig.steps.at(-1)).toBe('look 901');
    rig.clock.advance(5_001);
    expect(await late).toMatchObject({ outcome: 'failed', code: 'ERG_5203' });
    const ending = rig.desk.damage(aCanary());
    rig.desk.stop();
    expect(await ending).toMatchObject({ outcome: 'failed', code: 'ERG_5204' });
    expect(await rig.desk.damage(aCanary())).toMatchObject({ outcome: 'failed', code: 'ERG_5204' });
  });

  test('a row that is right gets a version back that it had, and keeps an older one', async () => {
    const rig = aRig();
    expect(await rig.desk.giveBack(aReturn('2'))).toEqual({ outcome: 'written', message: '' });
    expect(await rig.desk.giveBack(aReturn('3'))).toEqual({ outcome: 'written', message: '' });
    expect(await rig.desk.giveBack(aReturn('2', '1'))).toMatchObject({ code: 'ERG_5208' });
    rig.look = () => [anExpected('901')];
    expect(await rig.desk.giveBack(aReturn('2'))).toMatchObject({ outcome: 'unequal' });
    expect(rig.steps).toEqual(['look 901', 'write 901@2', 'look 901', 'look 901']);
    expect(rig.written).toMatchObject([{ seq: '2', replaces: '3', image: { cells: ['901', '5'] } }]);
    expect(rig.written[0]?.writer).toBeUndefined();
  });

  test('a fence of a newer owner ends the sink', async () => {
    const rig = aRig();
    rig.write = () => {
      throw fail('ERG_3101');
    };
    expect(await rig.desk.damage(aCanary())).toMatchObject({ outcome: 'failed', code: 'ERG_3101' });
    expect(rig.fenced).toEqual(['ERG_3101']);
  });
});
