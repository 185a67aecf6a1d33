import { describe, expect, test } from 'vitest';
import { unframeSnappy } from '../../../../actors/stream/unframe-snappy.ts';

const HEADER = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);

function block(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
}

describe('the blocks of a snappy batch', () => {
  test('are those between the lengths of the frame of Java clients', () => {
    const framed = Buffer.concat([HEADER, block('one'), block(''), block('three')]);
    expect(unframeSnappy(framed).map(String)).toEqual(['one', '', 'three']);
    expect(unframeSnappy(HEADER)).toEqual([]);
  });

  test('are all of it when there is no frame', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from([0x82]), Buffer.from('a block')]) {
      expect(unframeSnappy(bytes)).toEqual([bytes]);
    }
  });

  test.each([1, 3, 4, 5])('are refused when %s bytes of the last one are missing', (missing) => {
    const framed = Buffer.concat([HEADER, block('one'), block('four')]);
    expect(() => unframeSnappy(framed.subarray(0, framed.length - missing))).toThrow('ERG_1207');
  });
});
