import { expect } from 'vitest';
import type { Drill } from '../drill/drill.ts';

/**
 * By the logs of the targets: nothing that repairs wrote is older than what was there, or keeps a change out; and what holds of
 * runs without repairs holds as well.
 *
 * @param damages rows that were damaged, each with a note
 */
export async function expectHarmless(drill: Drill, damages: number): Promise<void> {
  const judgement = await drill.judge();
  expect(judgement.violations).toEqual([]);
  expect(judgement.damages).toBe(damages);
  expect(judgement.repairs).toBeGreaterThan(0);
}
