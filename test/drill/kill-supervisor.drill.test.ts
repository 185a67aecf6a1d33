import { expect, test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

test('replication goes on without a supervisor, and a new one leaves every actor where it is', async () => {
  const drill = await startDrill();
  const places = drill.describePlaces();
  for (let kills = 0; kills < 2; kills++) {
    await drill.untilRandomMoment(200, 600);
    await drill.killForGood('supervisor');
    await drill.untilWhole();
    drill.processes.start('supervisor');
    await drill.until('all actors are known to run', () => drill.isEverythingRunning());
    expect(drill.describePlaces()).toEqual(places);
  }
  expectClean(await drill.finish());
});
