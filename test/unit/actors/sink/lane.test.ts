import { describe, expect, test } from 'vitest';
import { fail, LaneRig } from '../../../support/lane-rig.ts';
import { anEntry, aTable } from '../../../support/sink-builders.ts';

describe('lane', () => {
  test('writes at once what is there, and the next batch is what came meanwhile', async () => {
    const rig = new LaneRig();
    rig.push('1', '2');
    await rig.until(2);
    rig.push('3');
    await rig.until(3);
    expect(rig.tries).toEqual([['1', '2'], ['3']]);
    expect(rig.lane.queued).toBe(0);
  });

  test('cuts batches at the quota and raises it while they fill at once', async () => {
    const rig = new LaneRig();
    rig.push(...Array.from({ length: 40 }, (_, key) => String(key)));
    await rig.until(40);
    expect(rig.tries.map((keys) => keys.length)).toEqual([4, 8, 16, 12]);
  });

  test('repeats a write that failed for a reason that may pass, in order, and says that it waits', async () => {
    const rig = new LaneRig();
    rig.answer = (_, tries) => (tries <= 2 ? fail('ERG_3001') : undefined);
    rig.push('1');
    await rig.clock.untilAwaited();
    rig.push('2');
    expect(rig.lane.describe().blocked).toContain('ERG_3001');
    rig.clock.advance(10_000);
    await rig.clock.untilAwaited();
    rig.clock.advance(10_000);
    await rig.until(2);
    expect(rig.tries).toEqual([['1'], ['1'], ['1'], ['2']]);
    expect(rig.written).toEqual(['1', '2']);
    expect(rig.lane.describe().blocked).toBeUndefined();
  });

  test('lets go of what is left out, waiting or being tried, and writes the rest', async () => {
    const rig = new LaneRig();
    const items = aTable({ name: 'items' });
    rig.answer = (keys) => (keys.includes('1') ? fail('ERG_3001') : undefined);
    rig.push('1');
    rig.lane.push(anEntry({ key: '2', table: items }));
    await rig.clock.untilAwaited();
    rig.push('3');
    rig.lane.push(anEntry({ key: '4', table: items }));
    expect(rig.lane.trouble).toMatchObject({ tables: ['orders', 'items'], sinceMs: rig.clock.monotonicMs() });
    rig.leftOut = 'orders';
    rig.lane.dropLeftOut();
    await rig.until(2);
    expect(rig.dropped.toSorted()).toEqual(['1', '3']);
    expect(rig.written).toEqual(['2', '4']);
    expect(rig.lane).toMatchObject({ queued: 0, trouble: undefined });
  });

  test.each(['ERG_3402', 'ERG_3005'] as const)(
    'tells the table that is in trouble from the others (%s)',
    async (code) => {
      const rig = new LaneRig();
      rig.answer = (keys) => (keys.includes('1') ? fail(code) : undefined);
      rig.lane.push(anEntry({ key: '2', table: aTable({ name: 'items' }) }));
      rig.push('1');
      for (let tries = 0; tries < 4; tries += 1) {
        await rig.clock.untilAwaited();
        rig.clock.advance(10_000);
      }
      await rig.until(1);
      await rig.clock.untilAwaited();
      expect(rig.written).toEqual(['2']);
      expect(rig.lane.trouble).toMatchObject({ tables: ['orders'], error: { code } });
    },
  );

  test('refuses the one row that cannot be written and writes all others, in order', async () => {
    const rig = new LaneRig();
    rig.answer = (keys) => (keys.includes('3') ? fail('ERG_3201') : undefined);
    rig.push('1', '2', '3', '4');
    await rig.until(4);
    expect(rig.refused).toEqual([['3', '3 ERG_3201']]);
    expect(rig.written).toEqual(['1', '2', '4']);
  });

  test('goes straight to the row that the error names', async () => {
    const rig = new LaneRig();
    rig.answer = (keys) => {
      const changeIndex = keys.indexOf('3');
      return changeIndex < 0 ? undefined : fail('ERG_3301', { changeIndex });
    };
    rig.push('1', '2', '3', '4');
    await rig.until(4);
    expect(rig.tries).toEqual([['1', '2', '3', '4'], ['1', '2'], ['3'], ['4']]);
  });

  test('a refused row stands for all its changes', async () => {
    const rig = new LaneRig();
    rig.answer = (keys) => (keys.includes('1') ? fail('ERG_3202') : undefined);
    rig.push('1', '2', '1');
    await rig.until(3);
    expect(rig.refused).toEqual([['1+1', '1 ERG_3202']]);
    expect(rig.written).toEqual(['2']);
  });

  test('the halves of a primary-key change are refused together, and only they', async () => {
    const rig = new LaneRig();
    rig.answer = (keys) => (keys.includes('new') ? fail('ERG_3201') : undefined);
    rig.push('1');
    rig.lane.push(anEntry({ key: 'old', image: null, withNext: true, ties: ['5:0'] }));
    rig.lane.push(anEntry({ key: 'new', ties: ['5:0'] }));
    rig.push('2');
    await rig.until(4);
    expect(rig.refused).toEqual([['old+new', 'new ERG_3201']]);
    expect(rig.written).toEqual(['1', '2']);
  });

  test('a row is blamed only after its table was looked at again', async () => {
    const rig = new LaneRig();
    rig.changesTable = true;
    rig.answer = (_, tries) => (tries === 1 ? fail('ERG_3302') : undefined);
    rig.push('1');
    await rig.until(1);
    expect([rig.refreshes, rig.written, rig.refused]).toEqual([1, ['1'], []]);
  });

  test('a unique value that another row still holds is tried again before the row is refused', async () => {
    const rig = new LaneRig();
    rig.answer = () => fail('ERG_3207');
    rig.push('1');
    for (let pause = 0; pause < 2; pause += 1) {
      await rig.clock.untilAwaited();
      rig.clock.advance(10_000);
    }
    await rig.until(1);
    expect(rig.tries).toHaveLength(3);
    expect(rig.refused).toEqual([['1', '1 ERG_3207']]);
  });

  test('a changed table is read again before the same rows are written again', async () => {
    const rig = new LaneRig();
    rig.answer = (_, tries) => (tries === 1 ? fail('ERG_3401') : undefined);
    rig.push('1');
    await rig.clock.untilAwaited();
    rig.clock.advance(10_000);
    await rig.until(1);
    expect([rig.refreshes, rig.written]).toEqual([1, ['1']]);
  });

  test('a newer owner ends the lane without another try', async () => {
    const rig = new LaneRig();
    rig.answer = () => fail('ERG_3101');
    rig.push('1', '2');
    await rig.untilFenced();
    rig.push('3');
    await rig.lane.stop();
    expect([rig.tries, rig.written, rig.refused]).toEqual([[['1', '2']], [], []]);
  });

  test('a fence row that is gone ends the lane and blames no row', async () => {
    const rig = new LaneRig();
    rig.answer = () => fail('ERG_3102');
    rig.push('1', '2');
    await rig.untilFenced();
    expect([rig.fenced, rig.refused, rig.lane.queued]).toEqual([['ERG_3102'], [], 2]);
  });

  test('stops in the middle of a back-off, and any number of times', async () => {
    const rig = new LaneRig();
    rig.answer = () => fail('ERG_3001');
    rig.push('1');
    await rig.clock.untilAwaited();
    await Promise.all([rig.lane.stop(), rig.lane.stop()]);
    expect([rig.lane.queued, rig.clock.timers]).toEqual([1, 0]);
  });
});
