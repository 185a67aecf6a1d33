/**
 * A JSON value of MySQL from the bytes in which the server stores and logs it, as text that means exactly the same: a
 * double stays a double (1.0), integers of 64 bits and decimals keep all digits, keys their order and their names. The
 * log library's own rendering loses each of these.
 *
 * Format: "JSON binary" of the server's source (sql/json_binary.h). Offsets count from the first byte behind the type of
 * the enclosing object or array. MariaDB stores JSON as text and never comes here.
 */
import { jsonDoubleText } from '../../protocol/change/number-text.ts';
import { readJsonOpaque } from './read-json-opaque.ts';

const TYPE = {
  smallObject: 0,
  largeObject: 1,
  smallArray: 2,
  largeArray: 3,
  literal: 4,
  int16: 5,
  uint16: 6,
  int32: 7,
  uint32: 8,
  int64: 9,
  uint64: 10,
  double: 11,
  string: 12,
  opaque: 15,
} as const;

const LITERALS = ['null', 'true', 'false'];
/** The server allows 100 levels. */
const MAX_DEPTH = 128;

/** Undefined for a value that has no text of its own (bytes), and for bytes that are not of the format. */
export function readJson(bytes: Buffer): string | undefined {
  try {
    // The server itself reads no bytes as the JSON null; it may leave them where it filled in a NOT NULL column.
    return bytes.length === 0 ? 'null' : readValue(bytes.subarray(1), bytes.readUInt8(0), 0);
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined; // bytes end before the value does
    }
    throw error;
  }
}

function readValue(bytes: Buffer, type: number, depth: number): string | undefined {
  switch (type) {
    case TYPE.smallObject:
    case TYPE.largeObject:
      return readMembers(bytes, { isLarge: type === TYPE.largeObject, isObject: true, depth });
    case TYPE.smallArray:
    case TYPE.largeArray:
      return readMembers(bytes, { isLarge: type === TYPE.largeArray, isObject: false, depth });
    case TYPE.string: {
      const { length, start } = readLength(bytes, 0);
      return JSON.stringify(slice(bytes, start, length).toString('utf8'));
    }
    case TYPE.opaque: {
      const { length, start } = readLength(bytes, 1);
      return readJsonOpaque(bytes.readUInt8(0), slice(bytes, start, length));
    }
    default:
      return readScalar(bytes, type);
  }
}

function readScalar(bytes: Buffer, type: number): string | undefined {
  switch (type) {
    case TYPE.literal:
      return LITERALS[bytes.readUInt8(0)];
    case TYPE.int16:
      return String(bytes.readInt16LE(0));
    case TYPE.uint16:
      return String(bytes.readUInt16LE(0));
    case TYPE.int32:
      return String(bytes.readInt32LE(0));
    case TYPE.uint32:
      return String(bytes.readUInt32LE(0));
    case TYPE.int64:
      return String(bytes.readBigInt64LE(0));
    case TYPE.uint64:
      return String(bytes.readBigUInt64LE(0));
    case TYPE.double:
      return doubleText(bytes.readDoubleLE(0));
    default:
      return undefined;
  }
}

interface Container {
  readonly isLarge: boolean;
  readonly isObject: boolean;
  readonly depth: number;
}

/** Count, size, then for objects the places of the keys, then the types and places of the values. */
function readMembers(bytes: Buffer, { isLarge, isObject, depth }: Container): string | undefined {
  if (depth > MAX_DEPTH) {
    return undefined;
  }
  const width = isLarge ? 4 : 2;
  const count = bytes.readUIntLE(0, width);
  const keys = 2 * width;
  const values = keys + (isObject ? count * (width + 2) : 0);
  const parts: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const entry = values + index * (width + 1);
    const type = bytes.readUInt8(entry);
    const place = isInlined(type, isLarge) ? entry + 1 : bytes.readUIntLE(entry + 1, width);
    const value = readValue(slice(bytes, place, bytes.length - place), type, depth + 1);
    if (value === undefined) {
      return undefined;
    }
    parts.push(isObject ? `${readKey(bytes, keys + index * (width + 2), width)}: ${value}` : value);
  }
  return isObject ? `{${parts.join(', ')}}` : `[${parts.join(', ')}]`;
}

function readKey(bytes: Buffer, entry: number, width: number): string {
  const start = bytes.readUIntLE(entry, width);
  return JSON.stringify(slice(bytes, start, bytes.readUInt16LE(entry + width)).toString('utf8'));
}

/** Values that fit stand where the place of others stands. */
function isInlined(type: number, isLarge: boolean): boolean {
  return (
    type === TYPE.literal ||
    type === TYPE.int16 ||
    type === TYPE.uint16 ||
    (isLarge && (type === TYPE.int32 || type === TYPE.uint32))
  );
}

/** Seven bits a byte, lowest first; the highest bit says that more follow. */
function readLength(bytes: Buffer, at: number): { readonly length: number; readonly start: number } {
  let length = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = bytes.readUInt8(at + index);
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) {
      return { length, start: at + index + 1 };
    }
  }
  throw new RangeError('a length of more than five bytes');
}

/** Unlike subarray it does not give less than was asked for. */
function slice(bytes: Buffer, start: number, length: number): Buffer {
  if (length < 0 || start + length > bytes.length) {
    throw new RangeError('bytes end before the value does');
  }
  return bytes.subarray(start, start + length);
}

function doubleText(value: number): string | undefined {
  return Number.isFinite(value) ? jsonDoubleText(value) : undefined;
}
