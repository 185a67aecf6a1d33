import { test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

test('nodes that are killed under load lose nothing, and no row goes back; a third one takes its share while it is there', async () => {
  const drill = await startDrill();
  for (const node of ['node-1', 'node-2']) {
    await drill.untilRandomMoment();
    drill.kill(node);
    await drill.untilWhole();
  }
  const share = () => drill.describePlaces().filter((place) => place.includes('on node-3')).length;
  drill.processes.start('node-3');
  await drill.until('a third of the actors run on node-3', () => share() === 3 && drill.isEverythingRunning());
  await drill.untilWhole();
  await drill.killForGood('node-3');
  await drill.until('its actors run elsewhere', () => share() === 0 && drill.isEverythingRunning());
  await drill.untilWhole();
  expectClean(await drill.finish());
});
