import { describe, expect, test } from 'vitest';
import { chooseVerifyStart, type VerifySituation } from '../../../../actors/verifier/choose-verify-start.ts';

const POSITION = { epoch: 0, file: 3, position: 40, ordinal: 0 };
const situation = (more: Partial<VerifySituation> = {}): VerifySituation => ({
  range: { earliest: 10n, end: 100n },
  startFrom: 'earliest',
  sink: { offset: 50n, metadata: '0:3:40:0' },
  ...more,
});

describe('a partition that was verified before', () => {
  test.each([10n, 40n, 100n])('goes on at its committed offset %s', (offset) => {
    const start = chooseVerifyStart({ offset, metadata: '0:3:40:0' }, situation({ sink: undefined }));
    expect(start).toEqual({ offset, position: POSITION, skipped: undefined });
  });

  test('names the changes that are gone, and goes on behind them', () => {
    const start = chooseVerifyStart({ offset: 4n, metadata: '0:3:40:0' }, situation());
    expect(start).toMatchObject({ offset: 10n, position: POSITION, skipped: { from: 4n, to: 9n } });
    expect(start?.skipped?.error.code).toBe('ERG_4001');
  });

  test('begins anew in a topic that was made anew, whose positions tell nothing', () => {
    const start = chooseVerifyStart({ offset: 101n, metadata: '0:3:40:0' }, situation());
    expect(start).toEqual({ offset: 10n, position: undefined, skipped: undefined });
  });
});

describe('a partition that was never verified', () => {
  test('is verified from the earliest record on', () => {
    const start = chooseVerifyStart(undefined, situation({ sink: undefined }));
    expect(start).toEqual({ offset: 10n, position: undefined, skipped: undefined });
  });

  test('is verified from where its sink is, when its changes are not to be read from the first, and says what is not', () => {
    const start = chooseVerifyStart(undefined, situation({ startFrom: 'latest' }));
    expect(start).toMatchObject({ offset: 50n, position: POSITION, skipped: { from: 10n, to: 49n } });
    expect(start?.skipped?.error.code).toBe('ERG_4002');
  });

  test('says nothing of what is not there', () => {
    const sink = { offset: 10n, metadata: '' };
    expect(chooseVerifyStart(undefined, situation({ startFrom: 'latest', sink }))?.skipped).toBeUndefined();
  });

  test.each([
    [4n, 10n],
    [200n, 100n],
  ])('begins on the broker when its sink is at %s', (offset, expected) => {
    const sink = { offset, metadata: '' };
    expect(chooseVerifyStart(undefined, situation({ startFrom: 'latest', sink }))?.offset).toBe(expected);
  });

  test('waits for its sink to have a place', () => {
    expect(chooseVerifyStart(undefined, situation({ startFrom: 'latest', sink: undefined }))).toBeUndefined();
  });
});
