import { describe, expect, test } from 'vitest';
import { chooseRangeToGrow, chooseRangeToRead, type KnownRange } from '../../../../actors/verifier/choose-range.ts';

const known = (from: number, to: number, more: Partial<KnownRange> & { readonly shard?: string } = {}): KnownRange => ({
  range: {
    id: `${from}`,
    pipeline: 'p',
    partition: 0,
    topicEpoch: 0,
    shard: more.shard ?? 's0',
    table: 'orders',
    from,
    to,
    reason: 'ERG_3001: away',
    sinceMs: 0,
    isReadable: true,
  },
  isBeingRead: false,
  isSaved: true,
  tryAtMs: 0,
  ...more,
});
const PLACE = { shard: 's0', table: 'orders' };
const at = (offset: number) => ({ from: offset, to: offset, isReadable: true });

describe('a change that cannot be verified', () => {
  test('goes into the range of its place that is near', () => {
    const [far, near] = [known(0, 10), known(5_000, 6_000)];
    expect(chooseRangeToGrow([far, near], PLACE, at(7_000))).toBe(near);
    expect(chooseRangeToGrow([far, near], PLACE, at(4_000))).toBe(near);
    expect(chooseRangeToGrow([far, near], PLACE, at(5_500))).toBe(near);
  });

  test('begins a range of its own when none is near', () => {
    expect(chooseRangeToGrow([known(0, 10)], PLACE, at(1_011))).toBeUndefined();
    expect(chooseRangeToGrow([], PLACE, at(0))).toBeUndefined();
  });

  test('does not go into that of another place, one that is being read, or one that cannot be', () => {
    const others = [known(0, 10, { shard: 's1' }), known(0, 10, { isBeingRead: true })];
    const gone = { ...known(0, 10), range: { ...known(0, 10).range, isReadable: false } };
    expect(chooseRangeToGrow([...others, gone], PLACE, at(11))).toBeUndefined();
    expect(chooseRangeToGrow(others, { shard: 's0', table: null }, at(11))).toBeUndefined();
  });

  test('goes into the nearest one when its place has many', () => {
    const many = Array.from({ length: 8 }, (_, index) => known(index * 10_000, index * 10_000));
    expect(chooseRangeToGrow(many, PLACE, at(65_001))).toBe(many[7]);
    expect(chooseRangeToGrow(many.slice(1), PLACE, at(65_001))).toBeUndefined();
  });
});

describe('the range that is read next', () => {
  const situation = { nowMs: 100, sinkOffset: 50, isReady: () => true };

  test('is the first one that the sink has passed and that can be read', () => {
    const ranges = [
      known(0, 50),
      known(0, 49, { tryAtMs: 101 }),
      known(0, 49, { isSaved: false }),
      known(0, 49, { shard: 's1' }),
      known(1, 49),
      known(2, 49),
    ];
    const isReady = ({ shard }: { shard: string }) => shard === 's0';
    expect(chooseRangeToRead(ranges, { ...situation, isReady })?.range.id).toBe('1');
  });

  test('waits for the one that is being read', () => {
    expect(chooseRangeToRead([known(0, 1), known(0, 1, { isBeingRead: true })], situation)).toBeUndefined();
  });
});
