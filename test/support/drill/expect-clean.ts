import { expect } from 'vitest';
import type { DrillReport } from './drill.ts';

const MIN_SAMPLES = 20;
const SHOWN = 20;

/** Nothing was violated, every row is equal, and the checkers had something to look at. */
export function expectClean({ violations, differing, load, ...report }: DrillReport): void {
  expect(violations.slice(0, SHOWN)).toEqual([]);
  expect(differing).toEqual([]);
  expect(report.findings).toBe(0);
  expect(load.surprises).toBe(0);
  expect(report.streamChanges).toBeGreaterThanOrEqual(load.changes);
  expect(report.samples).toBeGreaterThan(MIN_SAMPLES);
  for (const writes of Object.values(report.writesAt)) {
    expect(writes).toBeGreaterThan(load.changes / 10);
  }
}
