/** Bytes and numbers in disguise, as other formats write them, to the texts that cells are made of. */
import { JsonDocument } from '../cell.ts';
import type { ConvertFunc } from './column-form.ts';

/** Up to here a buffer's own reader is exact. */
const SMALL_BYTES = 6;

/** Undefined for what is not strict base64: Node skips whatever it does not know. */
function decodeBase64(cell: unknown): Buffer | undefined {
  if (typeof cell !== 'string') {
    return undefined;
  }
  const bytes = Buffer.from(cell, 'base64');
  return bytes.toString('base64') === cell ? bytes : undefined;
}

/** The unscaled value as bytes in two's complement, highest first. @param scale digits after the point; >= 0 */
export function buildDecimalConversion(scale: number): ConvertFunc {
  return (cell) => {
    const bytes = decodeBase64(cell);
    return bytes === undefined || bytes.length === 0 ? undefined : placePoint(readUnscaled(bytes), scale);
  };
}

function readUnscaled(bytes: Buffer): string {
  return bytes.length <= SMALL_BYTES
    ? String(bytes.readIntBE(0, bytes.length))
    : String(BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`)));
}

function placePoint(unscaled: string, scale: number): string {
  if (scale === 0) {
    return unscaled;
  }
  const isNegative = unscaled.startsWith('-');
  const digits = (isNegative ? unscaled.slice(1) : unscaled).padStart(scale + 1, '0');
  return `${isNegative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Debezium has the lowest byte first, a cell the highest. */
export const convertBits: ConvertFunc = (cell) => decodeBase64(cell)?.reverse().toString('base64');

const WHOLE = /^\d{1,20}$/;
const BIT_BYTES = 8;

/** A whole number to the bytes of a BIT. */
export const convertBitNumber: ConvertFunc = (cell) => {
  const number = typeof cell === 'string' && WHOLE.test(cell) ? BigInt(cell) : undefined;
  if (number === undefined || BigInt.asUintN(BIT_BYTES * 8, number) !== number) {
    return typeof cell === 'boolean' ? cell : undefined;
  }
  return Buffer.from(number.toString(16).padStart(BIT_BYTES * 2, '0'), 'hex').toString('base64');
};

const HEX = /^(?:[0-9a-f]{2})*$/i;
const BASE64_URL = /^[A-Za-z0-9_-]*={0,2}$/;

export const convertHex: ConvertFunc = (cell) =>
  typeof cell === 'string' && HEX.test(cell) ? Buffer.from(cell, 'hex').toString('base64') : undefined;

export const convertBase64Url: ConvertFunc = (cell) =>
  typeof cell === 'string' && BASE64_URL.test(cell) ? Buffer.from(cell, 'base64url').toString('base64') : undefined;

export const keepBase64: ConvertFunc = (cell) => (decodeBase64(cell) === undefined ? undefined : cell);

const SIGNED = /^-?\d{1,20}$/;

/** A BIGINT UNSIGNED that was squeezed into 64 bits with a sign. */
export const convertUnsigned: ConvertFunc = (cell) => {
  if (typeof cell !== 'string' || !SIGNED.test(cell)) {
    return undefined;
  }
  return cell.startsWith('-') ? String(BigInt.asUintN(64, BigInt(cell))) : cell;
};

/** A text is a document of one text here; numbers stay as they are, see ImageConversions. */
export const convertJson: ConvertFunc = (cell) => (typeof cell === 'string' ? JSON.stringify(cell) : cell);

/** The members of a SET as a JSON array of texts; none of them can have a comma. */
export const convertSet: ConvertFunc = (cell) => {
  const members: unknown = cell instanceof JsonDocument ? JSON.parse(cell.text) : undefined;
  if (!Array.isArray(members) || !members.every((member) => typeof member === 'string' && !member.includes(','))) {
    return typeof cell === 'string' ? cell : undefined;
  }
  return members.join(',');
};

/** Debezium writes a comma within a member of an ENUM as "\,", but not in snapshots. */
export const convertEnum: ConvertFunc = (cell) => (typeof cell === 'string' ? cell.replaceAll('\\,', ',') : undefined);
