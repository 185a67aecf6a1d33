import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { summariseProfile } from '../../bench/drain/cpu-profile.ts';
import { buildReport, median, renderReport } from '../../bench/drain/drain-report.ts';
import type { RunResult } from '../../bench/drain/run-drain.ts';

function aRun(contestant: string, round: number, elapsedMs: number, fault?: string): RunResult {
  const measure = {
    elapsedMs,
    secondHalfMs: elapsedMs / 2,
    clientCpuMs: 20,
    serverCpuMs: 10,
    peakRssBytes: 200 * 1_048_576,
    rowOperations: 900,
    commits: 3,
  };
  return { contestant, partitions: 1, round, changes: 1_000, measure, fault };
}

const about = { changes: 1_000, seed: 1 };

describe('drain report', () => {
  test('ratios are medians of pairs of one round', () => {
    const results = [
      ...[aRun('raw', 1, 100), aRun('raw', 2, 200), aRun('raw', 3, 100)],
      ...[aRun('ergate', 1, 200), aRun('ergate', 2, 200), aRun('ergate', 3, 125)],
    ];
    const ratio = buildReport(results, about).ratios.find(({ name }) => name === 'ergate / raw loader');
    expect(ratio).toMatchObject({ value: 0.8, reached: true });
  });

  test('a run with a fault does not count and is named', () => {
    const report = buildReport([aRun('ergate', 1, 1), aRun('ergate', 2, 100, 'wrong table')], about);
    expect(report.lines).toMatchObject([{ contestant: 'ergate', runs: 1, changesPerSecond: 1_000_000 }]);
    expect(report.faults).toEqual(['ergate, round 2: wrong table']);
    expect(renderReport(report)).toContain('Does not count: ergate, round 2: wrong table');
  });

  test('what was not measured is not a goal reached', () => {
    expect(buildReport([], about).ratios.every(({ reached }) => reached === undefined)).toBe(true);
  });

  test('median of an even count is the middle of two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
});

describe('profile summary', () => {
  test('self time is added up by part of the flow, idle time is left out', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ergate-profile-'));
    const file = join(folder, 'a.cpuprofile');
    const frame = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
    const nodes = [
      frame(1, '(idle)', ''),
      frame(2, 'decode', 'file:///x/protocol/change/decode/decode-ergate.ts'),
      frame(3, 'parse', 'file:///x/node_modules/mysql2/lib/parsers.js'),
      frame(4, '(garbage collector)', ''),
    ];
    writeFileSync(
      file,
      JSON.stringify({ nodes, samples: [1, 2, 2, 3, 4], timeDeltas: [9_000, 1_000, 3_000, 3_000, 1_000] }),
    );
    expect(summariseProfile(file)).toEqual([
      { part: 'decode', ms: 4, share: 0.5 },
      { part: 'driver', ms: 3, share: 0.375 },
      { part: 'garbage collector', ms: 1, share: 0.125 },
    ]);
    rmSync(folder, { recursive: true });
  });
});
