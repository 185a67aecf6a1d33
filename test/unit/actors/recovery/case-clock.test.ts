/** The clock of the state database jumps while cases wait, or between two actors. */
import { describe, expect, test } from 'vitest';
import { CaseClock } from '../../../../actors/recovery/case-clock.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { aMismatch, RecoveryRig, WRONG } from '../../../support/recovery-rig.ts';

const HOUR_MS = 3_600_000;
const EXTRA = { source: undefined, target: 'rogue' };

/** A round a second, as the actor has them. */
function runFor(seconds: number, { clock, cases, aheadMs }: { clock: ManualClock; cases: CaseClock; aheadMs: number }) {
  const [wallMs, caseMs] = [clock.wallMs(), cases.nowMs];
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(1_000);
    cases.saw(clock.wallMs() + aheadMs);
  }
  return (cases.nowMs - caseMs) / (clock.wallMs() - wallMs);
}

describe('the clock of cases', () => {
  test('is that of the database when it is first seen, and follows its drift at once', () => {
    const clock = new ManualClock();
    const cases = new CaseClock(clock);
    cases.saw(clock.wallMs() + HOUR_MS);
    expect(cases.nowMs).toBe(clock.wallMs() + HOUR_MS);
    expect(runFor(10, { clock, cases, aheadMs: HOUR_MS + 300 })).toBeCloseTo(1.03);
    expect(cases.nowMs).toBe(clock.wallMs() + HOUR_MS + 300);
  });

  test.each([
    ['forwards', HOUR_MS, 2],
    ['backwards', -HOUR_MS, 0.5],
  ])('catches up with a jump %s at a bounded speed', (_, aheadMs, speed) => {
    const clock = new ManualClock();
    const cases = new CaseClock(clock);
    cases.saw(clock.wallMs());
    expect(runFor(600, { clock, cases, aheadMs })).toBeCloseTo(speed);
    expect(cases.earlierMs).toBe(Math.min(cases.nowMs, clock.wallMs() + aheadMs));
    runFor(2 * 3_600, { clock, cases, aheadMs });
    expect(cases.nowMs).toBe(clock.wallMs() + aheadMs);
  });
});

describe('a case that waits while the clock of the database jumps', () => {
  test.each([
    ['an hour forwards', HOUR_MS, 145, 160],
    ['a year back', -8_760 * HOUR_MS, 595, 610],
  ])('%s is looked at after half to twice its five minutes', async (_, aheadMs, notBefore, before) => {
    const rig = await RecoveryRig.start();
    await rig.reportWrong(['1']);
    await rig.pass(1);
    rig.aheadMs = aheadMs;
    await rig.pass(notBefore);
    expect(rig.states).toEqual(['waiting']);
    await rig.pass(before - notBefore);
    expect(rig.states).toEqual(['repaired']);
  });

  test('is not deleted by two looks that were no minute apart', async () => {
    const rig = await RecoveryRig.start();
    await rig.reportWrong(['1']);
    rig.rows.set('1', EXTRA);
    await rig.passUntil(() => rig.store.steps.some(({ event }) => event === 'diff'), 400);
    rig.aheadMs = HOUR_MS;
    await rig.pass(50);
    expect(rig.requests).toEqual([]);
    expect(await rig.passUntil(() => rig.requests.length > 0, 100)).toBe(true);
  });

  test('gives no second allowance of deletes', async () => {
    const rig = await RecoveryRig.start({ rules: { deletesPerHour: 2 } });
    await rig.reportWrong(['1', '2'], EXTRA);
    await rig.passUntil(() => rig.requests.length === 2, 1_000);
    rig.aheadMs = -2 * HOUR_MS;
    await rig.pass(120);
    await rig.reportWrong(['3'], EXTRA);
    await rig.pass(1_200);
    expect(rig.requests).toHaveLength(2);
    expect(rig.states).toContain('quarantined');
  });

  test('and was given a time that is far ahead by a clock that was wrong, is looked at by the next actor', async () => {
    const rig = new RecoveryRig();
    rig.aheadMs = 8_760 * HOUR_MS;
    rig.spawn();
    await rig.pass(1);
    await rig.report([aMismatch('1', WRONG)]);
    rig.rows.set('1', WRONG);
    await rig.actor.stop();
    rig.aheadMs = 0;
    rig.spawn();
    await rig.pass(120);
    expect(rig.states).toEqual(['repaired']);
  });
});
