import { describe, expect, test } from 'vitest';
import { isGeometry } from '../../../../../../actors/target/mysql/literal/is-geometry.ts';

const POINT = '0101000000000000000000f03f0000000000000040';
const LINE = '010200000002000000000000000000f03f000000000000004000000000000008400000000000001040';
const RING =
  '04000000000000000000000000000000000000000000000000000000000000000000f03f000000000000f03f000000000000f03f00000000000000000000000000000000';

const GEOMETRIES = {
  POINT,
  LINESTRING: LINE,
  POLYGON: `010300000001000000${RING}`,
  'POLYGON with a hole': `010300000002000000${RING}${RING}`,
  MULTIPOINT: `010400000002000000${POINT}${POINT}`,
  MULTILINESTRING: `010500000001000000${LINE}`,
  MULTIPOLYGON: `010600000001000000010300000001000000${RING}`,
  GEOMETRYCOLLECTION: `010700000002000000${POINT}${LINE}`,
  'GEOMETRYCOLLECTION EMPTY': '010700000000000000',
  'collection in a collection': `010700000001000000010700000001000000${POINT}`,
};
const bytes = (wkb: string, srid = 'e6100000') => Buffer.from(`${srid}${wkb}`, 'hex');

test.each(Object.entries(GEOMETRIES))('%s is a geometry, and nothing shorter or longer is', (_, wkb) => {
  const whole = bytes(wkb);
  expect(isGeometry(whole)).toBe(true);
  for (let length = 0; length < whole.length; length++) {
    expect(isGeometry(whole.subarray(0, length))).toBe(false);
  }
  expect(isGeometry(Buffer.concat([whole, Buffer.alloc(1)]))).toBe(false);
});

describe('no geometry', () => {
  test.each([
    ['highest byte first', '00000000013ff00000000000004000000000000000'],
    ['another byte order', POINT.replace(/^01/, '02')],
    ['an unknown type', POINT.replace('0101', '0108')],
    ['a point with a height', POINT.replace('0101000000', '01e9030000')],
    ['not a number', POINT.replace('000000000000f03f', '000000000000f87f')],
    ['infinite', POINT.replace('000000000000f03f', '000000000000f07f')],
    ['a line of no points', '010200000000000000'],
    ['a line among points', `010400000001000000${LINE}`],
    ['a count beyond the end', '0104000000ffffffff'],
    ['collections without end', `${'010700000001000000'.repeat(10_000)}${POINT}`],
  ])('%s', (_, wkb) => {
    expect(isGeometry(bytes(wkb))).toBe(false);
  });
});
