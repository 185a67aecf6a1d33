import { test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

test('a Kafka that is killed loses nothing, and replication comes back with it', async () => {
  const drill = await startDrill();
  for (let kills = 0; kills < 2; kills++) {
    await drill.untilRandomMoment();
    await drill.killServer('kafka');
    await drill.untilRandomMoment(400, 1_600);
    await drill.startServer('kafka');
    await drill.untilWhole();
  }
  expectClean(await drill.finish());
});
