import { test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

/** One is enough for `npm test`; ERGATE_DRILLS=all does it again. */
const ROUNDS = process.env['ERGATE_DRILLS'] === 'all' ? 2 : 1;

test('a Kafka that is killed loses nothing, and replication comes back with it', async () => {
  const drill = await startDrill();
  for (let kills = 0; kills < ROUNDS; kills++) {
    await drill.untilRandomMoment();
    await drill.killServer('kafka');
    await drill.untilRandomMoment(400, 1_600);
    await drill.startServer('kafka');
    await drill.untilWhole();
  }
  expectClean(await drill.finish());
});
