import { testOnRequest } from '../support/drill/drill-test.ts';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

const ROUNDS = 2;

testOnRequest(
  'a Kafka that is killed loses nothing, and replication comes back with it',
  'the contract tests of the stream stop and kill the broker too',
  async () => {
    const drill = await startDrill();
    for (let kills = 0; kills < ROUNDS; kills++) {
      await drill.untilRandomMoment();
      await drill.killServer('kafka');
      await drill.untilRandomMoment(400, 1_600);
      await drill.startServer('kafka');
      await drill.untilWhole();
    }
    expectClean(await drill.finish());
  },
);
