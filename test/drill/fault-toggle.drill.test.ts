/** npm run drill -- fault-toggle: statements for targets, and then for sources, fail on purpose while everything runs. */
import { expect } from 'vitest';
import { endpointOf } from '../support/drill/drill-stack.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';
import { readCases } from '../support/saboteur/read-cases.ts';
import { buildShortVerification } from '../support/saboteur/short-verification.ts';

const FAULTS = ['targetBoom', 'sourceBoom'] as const;
const WHY_LEFT_OUT = 'it takes a minute, and what a fault does to a statement is a unit test';

testOnRequest('nothing is lost and no row is accused while statements fail on purpose', WHY_LEFT_OUT, async () => {
  const { settings, jobs } = buildShortVerification(20);
  const drill = await startDrill({ settings, jobs });
  const run = (...command: string[]) => drill.processes.run(...command);
  await drill.untilRandomMoment();
  for (const fault of FAULTS) {
    expect(await run('fault', 'on', fault, '--for', '120')).toContain('at 2 of 2 nodes');
    expect(await run('fault', 'list')).toMatch(new RegExp(`node-1 +${fault} `));
    await drill.until(`${fault} is an alert`, () =>
      (drill.status?.alerts ?? []).some(({ code, message }) => code === 'ERG_6204' && message.includes(fault)),
    );
    await drill.untilRandomMoment(2_000, 4_000);
    expect(await run('fault', 'off', fault)).toContain('at 2 of 2 nodes');
    await drill.untilWhole();
  }
  const report = await drill.finish();
  const endMs = Date.now();
  await drill.until('all of it is verified', () =>
    (drill.status?.verification ?? []).every(({ verifiedMs = 0 }) => verifiedMs >= endMs),
  );
  const ranges = (drill.status?.verification ?? [])
    .flatMap(({ partitions }) => partitions)
    .flatMap((one) => one.unverified);
  expect(ranges).toEqual([]);
  expect([...(await readCases(endpointOf(drill.stack.servers.state))).keys()]).toEqual([]);
  expectClean(report);
});
