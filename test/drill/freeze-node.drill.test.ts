import { expect } from 'vitest';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

const FROZEN_MS = 10_000;

testOnRequest(
  'a node that was frozen for ten seconds finds its place taken, and writes nothing that is old',
  'the fence has its own contract tests',
  async () => {
    const drill = await startDrill();
    for (const node of ['node-1', 'node-2']) {
      await drill.untilRandomMoment();
      drill.kill(node, 'SIGSTOP');
      const thawAtMs = performance.now() + FROZEN_MS;
      await drill.untilWhole();
      expect(drill.describePlaces().filter((place) => place.includes(node))).toEqual([]);
      await drill.until('ten seconds have passed', () => performance.now() >= thawAtMs);
      drill.kill(node, 'SIGCONT');
      await drill.untilRandomMoment();
      await drill.until('all actors are known to run', () => drill.isEverythingRunning());
      await drill.untilWhole();
    }
    expectClean(await drill.finish());
  },
);
