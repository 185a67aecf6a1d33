/** Values of SQL types inside a JSON value of MySQL: decimals are its numbers, dates and times its strings. */

const MYSQL_TYPE = { timestamp: 7, date: 10, time: 11, datetime: 12, decimal: 246 } as const;

const DIGITS_OF_GROUP = 9;
const BYTES_OF_GROUP = 4;
/** Bytes that so many digits in front of or behind the groups of nine take. */
const BYTES_BY_DIGITS = [0, 1, 1, 2, 2, 3, 3, 4, 4];

/** Undefined for every other type, whose bytes have no text that means the same. */
export function readJsonOpaque(type: number, bytes: Buffer): string | undefined {
  switch (type) {
    case MYSQL_TYPE.decimal:
      return readDecimal(bytes.subarray(2), bytes.readUInt8(0), bytes.readUInt8(1));
    case MYSQL_TYPE.time:
      return JSON.stringify(timeText(bytes.readBigInt64LE(0)));
    case MYSQL_TYPE.date:
      return JSON.stringify(dateText(bytes.readBigInt64LE(0)));
    case MYSQL_TYPE.datetime:
    case MYSQL_TYPE.timestamp: {
      const packed = bytes.readBigInt64LE(0);
      return JSON.stringify(`${dateText(packed)} ${clockText(packed, 0x1fn)}`);
    }
    default:
      return undefined;
  }
}

/** Groups of nine digits in four bytes, big-endian; the first bit is the sign, and of a negative number all are flipped. */
function readDecimal(stored: Buffer, precision: number, scale: number): string {
  const bytes = Buffer.from(stored);
  const isNegative = (bytes.readUInt8(0) & 0x80) === 0;
  bytes.writeUInt8(bytes.readUInt8(0) ^ 0x80, 0);
  const flip = isNegative ? 0xff : 0;
  let at = 0;
  const take = (digits: number): string => {
    const size = digits === DIGITS_OF_GROUP ? BYTES_OF_GROUP : (BYTES_BY_DIGITS[digits] ?? 0);
    let value = 0;
    for (const end = at + size; at < end; at += 1) {
      value = value * 256 + (bytes.readUInt8(at) ^ flip);
    }
    return digits === 0 ? '' : String(value).padStart(digits, '0');
  };
  const whole = precision - scale;
  let text = take(whole % DIGITS_OF_GROUP);
  for (let left = Math.floor(whole / DIGITS_OF_GROUP); left > 0; left -= 1) {
    text += take(DIGITS_OF_GROUP);
  }
  let fraction = '';
  for (let left = Math.floor(scale / DIGITS_OF_GROUP); left > 0; left -= 1) {
    fraction += take(DIGITS_OF_GROUP);
  }
  fraction += take(scale % DIGITS_OF_GROUP);
  const digits = text.replace(/^0+(?=\d)/, '') || '0';
  return `${isNegative ? '-' : ''}${digits}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Packed: year * 13 + month, 5 bits of day, 5 of hour, 6 of minute, 6 of second, 24 of microseconds. */
function dateText(packed: bigint): string {
  const days = packed >> 41n;
  const months = days >> 5n;
  return `${pad(months / 13n, 4)}-${pad(months % 13n, 2)}-${pad(days & 0x1fn, 2)}`;
}

function timeText(packed: bigint): string {
  return packed < 0n ? `-${clockText(-packed, 0x3ffn)}` : clockText(packed, 0x3ffn);
}

function clockText(packed: bigint, hourMask: bigint): string {
  const seconds = packed >> 24n;
  const hour = pad((seconds >> 12n) & hourMask, 2);
  return `${hour}:${pad((seconds >> 6n) & 0x3fn, 2)}:${pad(seconds & 0x3fn, 2)}.${pad(packed & 0xffffffn, 6)}`;
}

function pad(value: bigint, digits: number): string {
  return String(value).padStart(digits, '0');
}
