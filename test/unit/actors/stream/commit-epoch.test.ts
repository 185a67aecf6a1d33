import { describe, expect, test } from 'vitest';
import { noteEpoch, readInEpoch } from '../../../../actors/stream/commit-epoch.ts';

const LISTED = '0:3:40:0;[["s0",null,0,"",null]]';

describe('a committed offset', () => {
  test.each([0, 1, 65_535])('in topicEpoch %s comes back in it as it was committed', (epoch) => {
    for (const metadata of ['', '0:3:40:0', LISTED, ';[["s0",null,0,"",null]]']) {
      expect(readInEpoch({ offset: 9n, metadata: noteEpoch(metadata, epoch) }, epoch)).toEqual({
        offset: 9n,
        metadata,
      });
    }
  });

  test.each(['', '0:3:40:0'])('of a former life of the topic (%s) settles nothing of the new one', (metadata) => {
    expect(readInEpoch({ offset: 9n, metadata: noteEpoch(metadata, 0) }, 1)).toEqual({ offset: 0n, metadata: '' });
    expect(readInEpoch({ offset: 9n, metadata: noteEpoch(metadata, 1) }, 2)).toEqual({ offset: 0n, metadata: '' });
  });

  test('of a former life in which something was left out is a matter for a person', () => {
    expect(() => readInEpoch({ offset: 9n, metadata: noteEpoch(LISTED, 0) }, 1)).toThrow(/ERG_1219: s0 /);
    expect(() => readInEpoch({ offset: 9n, metadata: noteEpoch(LISTED, 1) }, 2)).toThrow('ERG_1219');
  });

  test('of a later life is refused', () => {
    expect(() => readInEpoch({ offset: 9n, metadata: noteEpoch('', 2) }, 1)).toThrow('ERG_1218');
  });

  test('by a person, who can note nothing, counts in each', () => {
    expect(readInEpoch({ offset: 9n, metadata: '' }, 3)).toEqual({ offset: 9n, metadata: '' });
  });

  test('looks in the first life as it always did', () => {
    expect(noteEpoch(LISTED, 0)).toBe(LISTED);
  });
});
