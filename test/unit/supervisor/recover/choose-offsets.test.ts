import { describe, expect, test } from 'vitest';
import { chooseOffsets } from '../../../../supervisor/recover/choose-offsets.ts';

const held = { earliest: 100n, end: 200n };

describe('offsets that are asked for', () => {
  test.each<[string, [bigint, bigint], object | undefined, RegExp | undefined]>([
    ['are read when the broker has them all', [100n, 199n], { from: 100n, to: 199n }, undefined],
    [
      'are read as far as the broker has them',
      [50n, 250n],
      { from: 100n, to: 199n },
      /holds offsets 100 to 199; of the others/,
    ],
    ['are not read when the broker has none of them', [10n, 99n], undefined, /partition 3 .* holds offsets 100 to 199/],
    ['are not read when they are not there yet', [200n, 300n], undefined, /holds offsets 100 to 199/],
  ])('%s', (_, [from, to], wanted, note) => {
    const chosen = chooseOffsets(3, held, { from, to, isExact: true });
    expect(chosen.wanted).toEqual(wanted);
    expect(chosen.note ?? '').toMatch(note ?? /^$/);
  });

  test('of a topic without records are not there', () => {
    const chosen = chooseOffsets(0, { earliest: 0n, end: 0n }, { from: 0n, to: 5n, isExact: true });
    expect(chosen).toEqual({ wanted: undefined, note: expect.stringContaining('holds no record') });
  });
});

describe('records of a time', () => {
  test('begin where Kafka says, and end where the topic does', () => {
    const chosen = chooseOffsets(0, held, { from: 150n, isExact: false });
    expect(chosen).toEqual({ wanted: { from: 150n, to: 199n }, note: undefined });
  });

  test('may be gone when the oldest one that there is belongs to it', () => {
    const chosen = chooseOffsets(0, held, { from: 100n, isExact: false });
    expect(chosen).toEqual({ wanted: { from: 100n, to: 199n }, note: expect.stringContaining('older records') });
    expect(chooseOffsets(0, { earliest: 0n, end: 9n }, { isExact: false }).note).toBeUndefined();
  });

  test('may be none of a partition', () => {
    expect(chooseOffsets(0, held, { from: 200n, isExact: false })).toEqual({ wanted: undefined, note: undefined });
  });
});
