import { test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

test('nodes that are killed under load lose nothing, and no row goes back', async () => {
  const drill = await startDrill();
  for (const node of ['node-1', 'node-2']) {
    await drill.untilRandomMoment();
    drill.kill(node);
    await drill.untilWhole();
  }
  expectClean(await drill.finish());
});
