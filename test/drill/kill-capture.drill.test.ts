import { test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

/** Two kills each; ERGATE_DRILLS=all does it again. */
const ROUNDS = process.env['ERGATE_DRILLS'] === 'all' ? 2 : 1;

test('a capture that is killed again and again loses nothing and changes no order', async () => {
  const drill = await startDrill();
  const isCapturing = () => drill.nodeOf('capture.order') !== undefined;
  for (let kills = 0; kills < ROUNDS; kills++) {
    await drill.untilRandomMoment();
    drill.kill(drill.nodeOf('capture.order') ?? '');
    // Once more as soon as it runs elsewhere, with much of the log still to be read.
    await drill.until('the capture is known to be away', () => !isCapturing());
    await drill.until('the capture runs again', isCapturing);
    drill.kill(drill.nodeOf('capture.order') ?? '');
    await drill.untilWhole();
  }
  expectClean(await drill.finish());
});
