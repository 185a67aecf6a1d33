import { expect, test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

test('replication goes on without NATS, and its return moves no actor', async () => {
  const drill = await startDrill();
  const places = drill.describePlaces();
  for (let kills = 0; kills < 2; kills++) {
    await drill.untilRandomMoment();
    await drill.killServer('nats');
    // Longer than the silence after which a node is taken for dead.
    await drill.untilRandomMoment(2_000, 2_500);
    await drill.untilWhole();
    await drill.startServer('nats');
    await drill.until('all actors are known to run', () => drill.isEverythingRunning());
    expect(drill.describePlaces()).toEqual(places);
  }
  expectClean(await drill.finish());
});
