import { expect } from 'vitest';
import { compareAll } from '../compare/compare-all.ts';
import { isEqual } from '../compare/compare-table.ts';
import { runAll } from '../support/drill/drill-stack.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

testOnRequest(
  'applying the stream again, from its start and from its middle, changes nothing',
  'kills replay the stream as well',
  async () => {
    const drill = await startDrill();
    await drill.untilRandomMoment(1_500, 2_000);
    await drill.stopLoad();
    await drill.untilDrained();
    await drill.rewind(() => 0);
    await drill.untilCaughtUp();
    await drill.rewind((committed) => Math.max(0, committed - 1 - drill.random.below(committed)));
    expectClean(await drill.finish());

    // The same checkers on the same servers see what is done to a target by hand.
    const { endpoints } = drill.stack;
    await runAll(endpoints.settlement, ['UPDATE orders SET ver = ver - 1 ORDER BY ver DESC LIMIT 1']);
    const { violations } = await drill.judge();
    expect(new Set(violations.map(({ invariant }) => invariant))).toEqual(new Set(['I2', 'I4', 'I6']));
    const { tables } = await compareAll({ endpoints });
    expect(tables.filter((table) => !isEqual(table))).toMatchObject([{ table: 'orders', different: 1 }]);
  },
);
