import { expect, test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

/** One is enough for `npm test`; ERGATE_DRILLS=all does it again. */
const ROUNDS = process.env['ERGATE_DRILLS'] === 'all' ? 2 : 1;

test('replication goes on without NATS, then without a supervisor, and no actor moves when they are back', async () => {
  const drill = await startDrill();
  const places = drill.describePlaces();
  const expectSamePlaces = async () => {
    await drill.until('all actors are known to run', () => drill.isEverythingRunning());
    expect(drill.describePlaces()).toEqual(places);
  };
  for (let kills = 0; kills < ROUNDS; kills++) {
    await drill.untilRandomMoment();
    await drill.killServer('nats');
    // Longer than the silence after which a node is taken for dead.
    await drill.untilRandomMoment(2_000, 2_500);
    await drill.untilWhole();
    await drill.startServer('nats');
    await expectSamePlaces();
  }
  for (let kills = 0; kills < ROUNDS; kills++) {
    await drill.untilRandomMoment(200, 600);
    await drill.killForGood('supervisor');
    await drill.untilWhole();
    drill.processes.start('supervisor');
    await expectSamePlaces();
  }
  expectClean(await drill.finish());
});
