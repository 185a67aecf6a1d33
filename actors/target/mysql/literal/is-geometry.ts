const SRID_BYTES = 4;
const NUMBER_BYTES = 8;
/** Lowest byte first; both servers store nothing else. */
const LITTLE_ENDIAN = 1;
const HEAD_BYTES = 5;
const COUNT_BYTES = 4;

const WKB = {
  point: 1,
  lineString: 2,
  polygon: 3,
  multiPoint: 4,
  multiLineString: 5,
  multiPolygon: 6,
  collection: 7,
} as const;

/** Collections in collections; the servers have no limit of their own, and a stack has. */
const MAX_DEPTH = 64;

/** True for an SRID and one whole WKB behind it, all coordinates finite: what a server can read again. */
export function isGeometry(bytes: Buffer): boolean {
  return skipGeometry(bytes, SRID_BYTES, 0) === bytes.length;
}

/** @param only the one type that may stand here @returns where the geometry ends; -1 when it is none */
function skipGeometry(bytes: Buffer, at: number, depth: number, only?: number): number {
  if (depth > MAX_DEPTH || at + HEAD_BYTES > bytes.length || bytes[at] !== LITTLE_ENDIAN) {
    return -1;
  }
  const type = bytes.readUInt32LE(at + 1);
  if (only !== undefined && type !== only) {
    return -1;
  }
  const body = at + HEAD_BYTES;
  switch (type) {
    case WKB.point:
      return skipPoint(bytes, body);
    case WKB.lineString:
      return skipMany(bytes, body, skipPoint);
    case WKB.polygon:
      return skipMany(bytes, body, (ring, start) => skipMany(ring, start, skipPoint));
    case WKB.multiPoint:
    case WKB.multiLineString:
    case WKB.multiPolygon: {
      const member = type - WKB.multiPoint + WKB.point;
      return skipMany(bytes, body, (inner, start) => skipGeometry(inner, start, depth + 1, member));
    }
    case WKB.collection:
      return skipMany(bytes, body, (inner, start) => skipGeometry(inner, start, depth + 1), 0);
    default:
      return -1;
  }
}

type SkipFunc = (bytes: Buffer, at: number) => number;

/** A count and so many of them; only a collection may be empty. */
function skipMany(bytes: Buffer, at: number, skip: SkipFunc, atLeast = 1): number {
  if (at + COUNT_BYTES > bytes.length) {
    return -1;
  }
  const count = bytes.readUInt32LE(at);
  let end = count < atLeast ? -1 : at + COUNT_BYTES;
  for (let index = 0; index < count && end >= 0; index += 1) {
    end = skip(bytes, end);
  }
  return end;
}

function skipPoint(bytes: Buffer, at: number): number {
  const end = at + 2 * NUMBER_BYTES;
  const isPoint =
    end <= bytes.length &&
    Number.isFinite(bytes.readDoubleLE(at)) &&
    Number.isFinite(bytes.readDoubleLE(at + NUMBER_BYTES));
  return isPoint ? end : -1;
}
