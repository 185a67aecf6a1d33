import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../bench/drain/run-drain.ts';
import { buildLadderReport, renderLadderReport } from '../../bench/ladder/ladder-report.ts';

function aRun(contestant: string, elapsedMs: number, fault?: string): RunResult {
  const measure = {
    elapsedMs,
    secondHalfMs: elapsedMs / 2,
    clientCpuMs: 20,
    serverCpuMs: 10,
    peakRssBytes: 200 * 1_048_576,
    rowOperations: 900,
    commits: 50,
  };
  return { contestant, partitions: 1, round: 1, changes: 1_000, measure, fault };
}

const topics = { changes: 1_000, slowChanges: 100, seed: 1 };

describe('ladder report', () => {
  test('a rung is compared with the one below it, a step with something off with the top', () => {
    const results = [aRun('single', 1_000), aRun('batch', 100), aRun('dynamic', 80), aRun('lanes', 40)];
    const { rungs, without } = buildLadderReport([...results, aRun('no-dynamic', 50)], topics);
    expect(rungs.map(({ toOther }) => toOther)).toEqual([undefined, 10, 1.25, 2]);
    expect(without.map(({ toOther }) => toOther)).toEqual([undefined, 0.8, undefined]);
  });

  test('every step is compared with the floor and the raw loader of the same run', () => {
    const { rungs } = buildLadderReport([aRun('floor', 500), aRun('raw', 50), aRun('lanes', 100)], topics);
    expect(rungs.at(-1)).toMatchObject({ toFloor: 5, toRaw: 0.5 });
  });

  test('commits are counted per thousand changes of the topic that was drained', () => {
    const text = renderLadderReport(buildLadderReport([aRun('single', 1_000), aRun('lanes', 100)], topics));
    expect(text).toContain('| single row | one row | 1 | when idle | 1 | 1,000 | 20 | 10 | 500 |');
    expect(text).toContain('| + lanes by key and table | dynamic | 4 | when idle | 1 | 10,000 | 20 | 10 | 50 |');
  });

  test('a run with a fault does not count and is named', () => {
    const report = buildLadderReport([aRun('batch', 100, 'wrong table')], topics);
    expect(report.rungs.every(({ line }) => line === undefined)).toBe(true);
    expect(renderLadderReport(report)).toContain('Does not count: batch, round 1: wrong table');
  });
});
