import { expect, test } from 'vitest';
import { expectClean } from '../support/drill/expect-clean.ts';
import { startDrill } from '../support/drill/start-drill.ts';

test('a rolling restart of all processes applies every change once', async () => {
  const drill = await startDrill({ attempts: true });
  for (const name of ['node-1', 'node-2', 'supervisor', 'node-1']) {
    await drill.untilRandomMoment(200, 600);
    const { pid } = drill.processes.get(name);
    drill.kill(name, 'SIGTERM');
    await drill.until(`${name} has ended`, () => drill.processes.get(name).pid !== pid, 20_000);
    expect(drill.processes.get(name).lastEnd).toBe('exit code 0');
    await drill.untilWhole();
    await drill.until('all actors are known to run', () => drill.isEverythingRunning());
  }
  const report = await drill.finish();
  expectClean(report);
  expect(report.repeatedChanges).toBe(0);
  expect(Math.min(...Object.values(report.attemptsAt))).toBeGreaterThan(0);
});
