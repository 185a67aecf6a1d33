import { describe, expect, test } from 'vitest';
import { formatNote, type ParkedScope, parseNote } from '../../../../actors/stream/parked-scope.ts';

const POSITION = { epoch: 0, file: 3, position: 4_711, ordinal: 0 };
const SHARD: ParkedScope = { shard: 's0', table: null, from: 12, position: POSITION, commitTimeMs: 1_700_000_000_000 };
const TABLE: ParkedScope = { shard: 's1', table: 'orders', from: 40, position: undefined, commitTimeMs: Number.NaN };

describe('the note beside a committed offset', () => {
  test('is the position alone while nothing is left out', () => {
    expect(formatNote({ position: POSITION, parked: [] })).toBe('0:3:4711:0');
    expect(parseNote('0:3:4711:0')).toEqual({ position: POSITION, parked: [] });
  });

  test.each([undefined, POSITION])('tells what is left out, and from where on (position %o)', (position) => {
    const note = { position, parked: [SHARD, TABLE] };
    expect(parseNote(formatNote(note))).toEqual(note);
  });

  test('of somebody else, or none, tells nothing', () => {
    expect(parseNote('')).toEqual({ position: undefined, parked: [] });
    expect(parseNote('committed by hand')).toEqual({ position: undefined, parked: [] });
  });

  test.each(['0:3:4711:0;', ';[', ';{}', ';[["s0"]]', ';[["s0",null,-1,"",null]]', ';[["s0",7,1,"",null]]', ';[null]'])(
    'that cannot be read is refused: %s',
    (text) => {
      expect(() => parseNote(text)).toThrow('ERG_1217');
    },
  );
});
