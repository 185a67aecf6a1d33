import { testOnRequest } from '../support/drill/drill-test.ts';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

testOnRequest(
  'a source that is killed under load is read on from where it was',
  'a capture that reads over a restart of its source has its own integration test',
  async () => {
    const drill = await startDrill();
    for (let kills = 0; kills < 3; kills++) {
      await drill.untilRandomMoment();
      await drill.killServer('order');
      await drill.startServer('order');
      await drill.untilWhole();
    }
    expectClean(await drill.finish());
  },
);
