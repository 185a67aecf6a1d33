import { SERVER_NAMES } from '../support/drill/drill.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

testOnRequest(
  'everything is killed at once, servers too, and comes back in any order',
  'each of the parts is killed alone',
  async () => {
    const drill = await startDrill();
    for (let kills = 0; kills < 2; kills++) {
      await drill.untilRandomMoment();
      for (const name of ['supervisor', 'node-1', 'node-2']) {
        drill.kill(name);
      }
      await Promise.all(SERVER_NAMES.map((name) => drill.killServer(name)));
      for (const name of drill.shuffle(SERVER_NAMES)) {
        await drill.startServer(name);
      }
      await drill.untilWhole();
    }
    expectClean(await drill.finish());
  },
);
