import { describe, expect, test } from 'vitest';
import { chooseStart } from '../../../../actors/capture/choose-start.ts';
import type { CaptureCheckpoint } from '../../../../actors/state/capture-checkpoint-store.ts';

const LOGS = [
  { name: 'binlog.000007', bytes: 900 },
  { name: 'binlog.000008', bytes: 500 },
];

function aCheckpoint(more: Partial<CaptureCheckpoint> = {}): CaptureCheckpoint {
  return { epoch: 1, binlogFile: 'binlog.000007', binlogPosition: 300, gtid: '0-1-5', ...more };
}

describe('the first start', () => {
  test.each([
    ['now', { epoch: 0, binlogFile: 'binlog.000008', binlogPosition: 500, gtid: '' }],
    ['oldest', { epoch: 0, binlogFile: 'binlog.000007', binlogPosition: 4, gtid: '' }],
  ] as const)('from %s', (startFrom, place) => {
    expect(chooseStart(undefined, { epoch: 0, startFrom }, LOGS)).toEqual(place);
  });

  test('without any log is refused', () => {
    expect(() => chooseStart(undefined, { epoch: 0, startFrom: 'now' }, [])).toThrow(/ERG_1503/);
  });
});

describe('a later start', () => {
  const settings = { epoch: 1, startFrom: 'now' } as const;

  test('goes on from the checkpoint itself, which needs no new save', () => {
    const checkpoint = aCheckpoint();
    expect(chooseStart(checkpoint, settings, LOGS)).toBe(checkpoint);
    const atEnd = aCheckpoint({ binlogPosition: 900 });
    expect(chooseStart(atEnd, settings, LOGS)).toBe(atEnd);
  });

  test('of a raised epoch starts anew in the log as it is now', () => {
    const place = chooseStart(aCheckpoint(), { epoch: 2, startFrom: 'oldest' }, LOGS);
    expect(place).toEqual({ epoch: 2, binlogFile: 'binlog.000007', binlogPosition: 4, gtid: '' });
  });

  test.each([
    [
      'whose file is gone',
      { binlogFile: 'binlog.000006' },
      LOGS,
      /ERG_1501.*binlog\.000006.*oldest it has is binlog\.000007/,
    ],
    ['whose file is shorter than its place', { binlogPosition: 901 }, LOGS, /ERG_1501.*up to 901.*the file has 900/],
    ['of a source without logs', {}, [], /ERG_1501.*oldest it has is none/],
    ['of a lowered epoch', { epoch: 2 }, LOGS, /ERG_1507.*expected epoch 2 or higher, got 1/],
  ])('%s is refused, never guessed', (_, more, logs, message) => {
    expect(() => chooseStart(aCheckpoint(more), settings, logs)).toThrow(message);
  });
});
