import { describe, expect, test } from 'vitest';
import { SetAside } from '../../../../actors/verifier/set-aside.ts';

const aChange = (offset: number, key = 'a', payloadIndex = 0) => ({ offset, payloadIndex, key });

describe('a change that was set aside', () => {
  test('is told from what lies beside it, and comes again once', () => {
    const aside = new SetAside({ left: 10 });
    aside.add(aChange(5));
    const beside = [aChange(4), aChange(6), aChange(5, 'b'), aChange(5, 'a', 1)];
    expect(beside.map((change) => aside.claim(change))).toEqual(['counted', 'counted', 'counted', 'counted']);
    expect([aside.claim(aChange(5)), aside.claim(aChange(5)), aside.size]).toEqual(['aside', 'counted', 0]);
  });

  test('and could not be routed counts for the first row that it names; the others are more', () => {
    const aside = new SetAside({ left: 10 });
    aside.add({ offset: 5, payloadIndex: 2 });
    const rows = [aChange(5, 'a', 2), aChange(5, 'b', 2)];
    expect(rows.map((row) => aside.claim(row))).toEqual(['aside', 'more']);
    expect(rows.map((row) => aside.claim(row))).toEqual(['counted', 'counted']);
  });

  test('and could not be routed may be so again', () => {
    const aside = new SetAside({ left: 10 });
    aside.add({ offset: 5, payloadIndex: 2 });
    expect(aside.claim({ offset: 5, payloadIndex: 2 })).toBe('aside');
    expect(aside.claim({ offset: 5, payloadIndex: 2 })).toBe('counted');
  });

  test('and could not be routed does not count again for the rows that it deleted all the same', () => {
    const room = { left: 10 };
    const aside = new SetAside(room);
    aside.add({ offset: 5, payloadIndex: 2, removed: ['a'] });
    const rows = [aChange(5, 'a', 2), aChange(5, 'b', 2), aChange(5, 'c', 2)];
    expect(rows.map((row) => aside.claim(row))).toEqual(['counted', 'aside', 'more']);
    expect([aside.clear(), room.left]).toEqual([0, 10]);
  });

  test('of a table that was never seen is known by its record alone', () => {
    const aside = new SetAside({ left: 10 });
    aside.add({ offset: 5 });
    aside.add({ offset: 5 });
    expect(['a', 'b', 'c'].map((key) => aside.claim(aChange(5, key)))).toEqual(['aside', 'aside', 'more']);
  });
});

describe('without a name', () => {
  test('a change stays until all of the range was read', () => {
    const room = { left: 1 };
    const aside = new SetAside(room);
    aside.add(aChange(5));
    aside.add(aChange(6));
    expect([aside.claim(aChange(6)), aside.claim(aChange(5)), aside.size]).toEqual(['counted', 'aside', 1]);
    expect([aside.clear(), aside.size, room.left]).toEqual([1, 0, 1]);
  });

  test('a change stays longer when one beside it, or the same one, could not be verified again', () => {
    const [aside, next] = [new SetAside({ left: 0 }), new SetAside({ left: 0 })];
    aside.add(aChange(5));
    aside.doubt(next);
    expect([aside.clear(), next.size]).toEqual([0, 1]);
    next.doubt(undefined);
    next.begin();
    expect([next.clear(), next.size]).toEqual([1, 0]);
  });

  test('a change stays for good when one beside it, or the same one, is refused', () => {
    const aside = new SetAside({ left: 0 });
    aside.add(aChange(5));
    aside.doubt(undefined);
    aside.doubt(new SetAside({ left: 0 }));
    expect([aside.clear(), aside.size]).toEqual([0, 0]);
  });

  test('are all of a range that nobody reads again', () => {
    const room = { left: 2 };
    const aside = new SetAside(room);
    aside.add(aChange(5));
    aside.dropNames();
    aside.add(aChange(6));
    expect([aside.size, room.left, aside.claim(aChange(5))]).toEqual([2, 2, 'counted']);
  });
});
