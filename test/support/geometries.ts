/** Geometries as servers store them, in hexadecimal: SRID 0, then WKB. */
const double = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString('hex');
};
const count = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString('hex');
};
const wkb = (type: number, ...parts: readonly string[]) => `01${count(type)}${parts.join('')}`;
const xy = (...pairs: readonly (readonly [number, number])[]) => pairs.map(([x, y]) => double(x) + double(y)).join('');

const POINT = wkb(1, xy([0.1, -5e-324]));
const LINE = wkb(2, count(3), xy([1, 2], [1.7976931348623157e308, 3], [1, 2]));
const RING = `${count(4)}${xy([0, 0], [10, 0], [10.5, 10], [0, 0])}`;
const HOLE = `${count(4)}${xy([1, 1], [2, 1], [2, 2], [1, 1])}`;
const POLYGON = wkb(3, count(2), RING, HOLE);

const stored = (geometry: string) => `00000000${geometry}`;

export const GEOMETRIES = {
  point: stored(POINT),
  line: stored(LINE),
  polygon: stored(POLYGON),
  points: stored(wkb(4, count(2), POINT, wkb(1, xy([-180, 90])))),
  lines: stored(wkb(5, count(2), LINE, LINE)),
  polygons: stored(wkb(6, count(1), POLYGON)),
  collection: stored(wkb(7, count(3), POINT, LINE, wkb(7, count(1), POLYGON))),
  empty: stored(wkb(7, count(0))),
} as const;

/** The same geometry in WGS 84, whose axes MySQL would swap in its own texts and WKB. */
export const inWgs84 = (geometry: string) => `e6100000${geometry.slice(8)}`;
