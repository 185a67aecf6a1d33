import { describe, expect, test } from 'vitest';
import { fail, LaneRig } from '../../../support/lane-rig.ts';
import { aColumn, anEntry, aTable } from '../../../support/sink-builders.ts';

describe('lane with a row that waits for another one', () => {
  /** Whatever can go on without the clock has done so. */
  const settled = () => new Promise(setImmediate);

  /** Ends the pause of a row that waits. */
  const retry = async (rig: LaneRig) => {
    await rig.clock.untilAwaited();
    rig.clock.advance(10_000);
  };

  test('is not blocked by it, neither before nor after it is refused, and wants more', async () => {
    const rig = new LaneRig();
    rig.answer = () => fail('ERG_3207');
    rig.push('1');
    for (let pause = 0; pause < 2; pause += 1) {
      await rig.clock.untilAwaited();
      expect([rig.lane.describe().blocked, rig.lane.isHungry, rig.lane.queued]).toEqual([undefined, true, 1]);
      rig.clock.advance(10_000);
    }
    await rig.until(1);
    expect([rig.lane.describe().blocked, rig.lane.isHungry, rig.lane.queued]).toEqual([undefined, true, 0]);
  });

  test('writes other rows meanwhile, and what comes of the same row behind it', async () => {
    const rig = new LaneRig();
    rig.answer = (keys, tries) => (keys.includes('1') && tries <= 4 ? fail('ERG_3206') : undefined);
    rig.push('1', '2');
    await rig.until(1);
    rig.push('1', '3');
    await rig.until(2);
    expect(rig.written).toEqual(['2', '3']);
    expect(rig.lane.queued).toBe(2);
    await retry(rig);
    await rig.until(4);
    expect(rig.written).toEqual(['2', '3', '1', '1']);
    expect(rig.lane.queued).toBe(0);
  });

  const text = { kind: 'text', columnType: 'varchar(20)' } as const;

  test.each([
    ['they depend on each other', { uniqueIndexes: [{ name: 'u', columns: ['n'] }] }],
    ['two keys may be one row', { columns: [aColumn('id', { ...text, collation: 'utf8mb4_general_ci' })] }],
  ])('keeps all rows of its table behind it where %s, and none of another table', async (_, sketch) => {
    const rig = new LaneRig();
    const table = aTable({ name: 'accounts', ...sketch });
    rig.answer = (keys, tries) => (keys.includes('1') && tries === 1 ? fail('ERG_3207') : undefined);
    rig.lane.push(anEntry({ key: '1', table }));
    await rig.clock.untilAwaited();
    rig.lane.push(anEntry({ key: '2', table }));
    rig.push('3');
    await rig.until(1);
    expect(rig.written).toEqual(['3']);
    await retry(rig);
    await rig.until(3);
    expect(rig.written).toEqual(['3', '1', '2']);
  });

  test('stands still for a repair only when it is done with, and what was pushed later stays behind', async () => {
    const rig = new LaneRig();
    rig.answer = (_, tries) => (tries === 1 ? fail('ERG_3206') : undefined);
    rig.push('1');
    await rig.clock.untilAwaited();
    const hold = rig.lane.hold();
    rig.push('1', '2');
    await retry(rig);
    expect(await hold.reached).toBe(true);
    expect(rig.written).toEqual(['1']);
    hold.release();
    await rig.until(3);
    expect(rig.written).toEqual(['1', '1', '2']);
  });

  test('lets go of it, and of what is behind it, when its table is left out', async () => {
    const rig = new LaneRig();
    rig.answer = (keys) => (keys.includes('1') ? fail('ERG_3206') : undefined);
    rig.push('1');
    await rig.clock.untilAwaited();
    rig.push('1');
    rig.lane.push(anEntry({ key: '2', table: aTable({ name: 'items' }) }));
    await rig.until(1);
    rig.leftOut = 'orders';
    rig.lane.dropLeftOut();
    expect([rig.dropped, rig.lane.queued]).toEqual([['1', '1'], 0]);
  });

  test('lets go of it when its table is left out while it is tried', async () => {
    const rig = new LaneRig();
    rig.answer = (keys) => {
      if (keys.includes('2')) {
        return undefined;
      }
      rig.leftOut = 'orders';
      rig.lane.dropLeftOut();
      return fail('ERG_3206');
    };
    rig.push('1');
    await settled();
    rig.lane.push(anEntry({ key: '2', table: aTable({ name: 'items' }) }));
    await rig.until(1);
    expect([rig.dropped, rig.tries, rig.lane.queued]).toEqual([['1'], [['1'], ['2']], 0]);
  });

  test('lets go of what is to be unfolded when its table is left out while it is tried', async () => {
    const rig = new LaneRig();
    rig.renewed = [aTable({ uniqueIndexes: [{ name: 'u', columns: ['a'] }] })];
    rig.answer = (_, tries) => {
      if (tries > 1) {
        return undefined;
      }
      rig.leftOut = 'orders';
      rig.lane.dropLeftOut();
      return fail('ERG_3207');
    };
    rig.push('1', '1');
    await settled();
    expect([rig.dropped, rig.tries, rig.lane.queued]).toEqual([['1', '1'], [['1']], 0]);
  });

  test('keeps what comes of it in another shape behind it, also when it has been prepared for that shape', async () => {
    const rig = new LaneRig();
    const reshaped = aTable();
    rig.renewed = [reshaped];
    rig.answer = (keys, tries) => (keys.includes('1') && tries <= 3 ? fail('ERG_3206') : undefined);
    rig.push('1');
    await rig.clock.untilAwaited();
    rig.lane.push(anEntry({ key: 'text 1', table: reshaped }));
    rig.lane.push(anEntry({ key: '2', table: aTable({ name: 'items' }) }));
    await rig.until(1);
    await retry(rig);
    await rig.until(3);
    expect(rig.written).toEqual(['2', '1', 'text 1']);
  });

  test('keeps what comes of it in another shape behind it, also when it is back from a batch that was unfolded', async () => {
    const rig = new LaneRig();
    const reshaped = aTable({ name: 'items' });
    rig.renewed = [reshaped, aTable({ uniqueIndexes: [{ name: 'u', columns: ['a'] }] })];
    rig.answer = (keys, tries) => {
      const isWaiting = keys.includes('5') && tries <= 4;
      return isWaiting ? fail('ERG_3206') : undefined;
    };
    rig.lane.push(anEntry({ key: '5', table: aTable({ name: 'items' }) }));
    rig.push('1', '1');
    await rig.until(2);
    rig.lane.push(anEntry({ key: 'text 5', table: reshaped }));
    rig.lane.push(anEntry({ key: '2', table: aTable({ name: 'notes' }) }));
    await rig.until(3);
    await retry(rig);
    await rig.until(5);
    expect(rig.written).toEqual(['1', '1', '2', '5', 'text 5']);
  });

  test('is not tried before one that came to wait before it', async () => {
    const rig = new LaneRig();
    const luck = [0.99];
    rig.random = () => luck.shift() ?? 0;
    rig.answer = (_, tries) => (tries <= 3 ? fail('ERG_3206') : undefined);
    rig.push('1', '2');
    await rig.clock.untilAwaited();
    rig.clock.advance(100);
    await settled();
    rig.clock.advance(100);
    await rig.until(2);
    expect(rig.written).toEqual(['1', '2']);
  });

  test('is judged by what was written while it waited: many that are refused at once may be few among those', async () => {
    const rig = new LaneRig();
    rig.answer = (keys) => (keys.some((key) => key.endsWith('0')) ? fail('ERG_3206') : undefined);
    rig.push(...Array.from({ length: 250 }, (_, key) => `${key}`));
    for (let tries = 0; tries < 2; tries += 1) {
      await settled();
      rig.clock.advance(10_000);
    }
    await settled();
    expect([rig.written.length, rig.refused.length, rig.lane.trouble]).toEqual([225, 25, undefined]);
  });
});
