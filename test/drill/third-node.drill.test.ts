import { test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

test('a third node started by hand takes its share, and its actors go on elsewhere when it is killed', async () => {
  const drill = await startDrill();
  const share = () => drill.describePlaces().filter((place) => place.includes('on node-3')).length;
  await drill.untilRandomMoment();
  drill.processes.start('node-3');
  await drill.until('a third of the actors run on node-3', () => share() === 3 && drill.isEverythingRunning());
  await drill.untilWhole();
  await drill.killForGood('node-3');
  await drill.until('its actors run elsewhere', () => share() === 0 && drill.isEverythingRunning());
  await drill.untilWhole();
  expectClean(await drill.finish());
});
