import { testOnRequest } from '../support/drill/drill-test.ts';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

const REASON = 'the outages take shards away too';

/** Shards come back after seconds here: one whose breaker has opened is asked again as soon. */
const SETTINGS = `
pipelines:
  order-seller: { breaker: { openFor: 2s } }
  order-settlement: { breaker: { openFor: 2s } }
`;

testOnRequest(
  'while a target shard is down the others go on, and it gets everything when it is back',
  REASON,
  async () => {
    const drill = await startDrill({ settings: SETTINGS });
    for (const [dead, healthy] of [
      ['seller0', ['seller1', 'settlement']],
      ['seller1', ['seller0', 'settlement']],
      ['settlement', ['seller0', 'seller1']],
    ] as const) {
      await drill.untilRandomMoment();
      await drill.killServer(dead);
      await drill.untilRandomMoment(400, 1_200);
      await drill.untilArriving(healthy);
      await drill.startServer(dead);
      await drill.untilWhole();
    }
    expectClean(await drill.finish());
  },
);
