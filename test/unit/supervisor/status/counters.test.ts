import { describe, expect, test } from 'vitest';
import { LatencyRecorder, latencyPercentile } from '../../../../protocol/message/latency-histogram.ts';
import { AlertBook } from '../../../../supervisor/status/alert-book.ts';
import { LatencyBook } from '../../../../supervisor/status/latency-book.ts';
import { RateMeter } from '../../../../supervisor/status/rate-meter.ts';

describe('rates', () => {
  test('are differences of counts over the time between the heartbeats', () => {
    const meter = new RateMeter();
    meter.add('a', 'life', { atMs: 0, count: 100 });
    meter.add('a', 'life', { atMs: 2_000, count: 300 });
    expect(meter.perSecond('a', 2_500)).toBe(100);
  });

  test('follow what happens now, not the average since the start', () => {
    const meter = new RateMeter();
    for (let second = 0; second <= 60; second++) {
      meter.add('a', 'life', { atMs: second * 1_000, count: second < 50 ? second * 500 : 25_000 });
    }
    expect(meter.perSecond('a', 60_000)).toBe(0);
  });

  test('begin anew with a new life of the counter, and are never below zero', () => {
    const meter = new RateMeter();
    meter.add('a', 'one', { atMs: 0, count: 1_000 });
    meter.add('a', 'two', { atMs: 1_000, count: 5 });
    expect(meter.perSecond('a', 1_000)).toBe(0);
    meter.add('a', 'two', { atMs: 2_000, count: 55 });
    expect(meter.perSecond('a', 2_000)).toBe(50);
  });

  test('are zero when nothing was heard for a while', () => {
    const meter = new RateMeter();
    meter.add('a', 'life', { atMs: 0, count: 0 });
    meter.add('a', 'life', { atMs: 1_000, count: 10 });
    expect(meter.perSecond('a', 7_000)).toBe(0);
  });
});

describe('latencies', () => {
  const snapshot = (...latenciesMs: number[]) => {
    const recorder = new LatencyRecorder();
    for (const latencyMs of latenciesMs) {
      recorder.record(latencyMs);
    }
    return recorder.snapshot();
  };

  test('of all sinks add up, those of earlier lives included', () => {
    const book = new LatencyBook();
    book.add('a', 'one', { atMs: 0, snapshot: snapshot(1, 1) });
    book.add('b', 'one', { atMs: 0, snapshot: snapshot(2) });
    book.add('a', 'two', { atMs: 1_000, snapshot: snapshot(3) });
    expect(book.sinceStart()).toMatchObject({ count: 4, maxMs: 3 });
    book.keepOnly(new Set(['b']));
    expect(book.sinceStart().count).toBe(4);
  });

  test('of the last minute leave out what was before', () => {
    const book = new LatencyBook();
    const recorder = new LatencyRecorder();
    for (let second = 0; second <= 120; second++) {
      recorder.record(second < 40 ? 500 : 5);
      book.add('a', 'one', { atMs: second * 1_000, snapshot: recorder.snapshot() });
    }
    expect(latencyPercentile(book.recentOf('a'), 0.99)).toBeLessThan(6);
    expect(latencyPercentile(book.sinceStart(), 0.99)).toBeGreaterThan(450);
    expect(book.recentOfAll().count).toBeGreaterThanOrEqual(60);
    expect(book.recentOfAll().count).toBeLessThanOrEqual(71);
  });

  test('of a sink that ran before we started are not recent', () => {
    const book = new LatencyBook();
    book.add('a', 'one', { atMs: 0, snapshot: snapshot(500, 500) });
    expect(book.recentOf('a').count).toBe(0);
    expect(book.sinceStart().count).toBe(2);
  });
});

describe('alerts', () => {
  test('keep their first time while they hold, whatever their message says, and are forgotten after', () => {
    const book = new AlertBook();
    const alert = (message: string) => ({ code: 'ERG_6005' as const, about: 'node-1', message });
    book.date([alert('silent for 3 s')], 1_000);
    expect(book.date([alert('silent for 9 s')], 7_000)).toEqual([
      { code: 'ERG_6005', message: 'silent for 9 s', sinceMs: 1_000 },
    ]);
    book.date([], 8_000);
    expect(book.date([alert('silent for 3 s')], 9_000)).toMatchObject([{ sinceMs: 9_000 }]);
  });
});
