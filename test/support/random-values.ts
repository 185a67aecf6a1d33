/**
 * Random values of every type, each in the three forms that a test needs: as a record says it, as SQL says it to a source,
 * and as a server shows it. All three are made here from the same digits, bits and characters, without the code under test.
 */
import type { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import { randomDate, randomDatetime, randomTime, randomTimestamp, randomYear } from './random-times.ts';

export interface RandomValue {
  /** JSON text of the cell. */
  readonly json: string;
  readonly sql: string;
  /** A number stands for the double that it is. */
  readonly shown: string | number;
}

/** How a server is asked for it. */
export type Reading = 'plain' | 'text' | 'json' | 'bytes' | 'double';

export interface RandomColumn {
  readonly type: string;
  readonly reading: Reading;
  readonly make: (random: SeededRandom) => RandomValue;
}

const quoted = (text: string): RandomValue => ({ json: JSON.stringify(text), sql: `'${text}'`, shown: text });
const hex = (text: string | Buffer) => Buffer.from(text).toString('hex').toUpperCase();

function randomBits(random: SeededRandom, width: number): bigint {
  const bits = (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
  // Of any length, so that small ones come as often as large ones; one in eight is an edge.
  return random.chance(1 / 8)
    ? random.pick([0n, 1n, 2n ** BigInt(width) - 1n, 2n ** BigInt(width - 1)])
    : BigInt.asUintN(width, bits >> BigInt(64 - 1 - random.below(width)));
}

function integer(name: string, width: number): readonly RandomColumn[] {
  const make = (isSigned: boolean) => (random: SeededRandom) => {
    const bits = randomBits(random, width);
    const text = String(isSigned ? BigInt.asIntN(width, random.chance(0.5) ? bits : ~bits) : bits);
    return { json: random.chance(0.5) ? text : `"${text}"`, sql: text, shown: text };
  };
  return [
    { type: name, reading: 'plain', make: make(true) },
    { type: `${name} UNSIGNED`, reading: 'plain', make: make(false) },
  ];
}

const digits = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.below(10)).join('');

function decimal(precision: number, scale: number): RandomColumn {
  const make = (random: SeededRandom): RandomValue => {
    const whole = digits(random, random.below(precision - scale + 1)).replace(/^0+(?=.)/, '');
    const fraction = digits(random, random.below(scale + 1));
    const isNegative = random.chance(0.5);
    const shown = `${whole === '' ? '0' : whole}${scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`}`;
    const sign = isNegative && /[1-9]/.test(shown) ? '-' : '';
    const plain = `${sign}${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
    // The same number with its point elsewhere.
    const moved = `${sign}${`${whole}${fraction}`.replace(/^0+(?=.)/, '') || '0'}e-${fraction.length}`;
    const text = random.chance(1 / 4) ? moved : plain;
    return { json: random.chance(0.5) ? text : `"${text}"`, sql: `'${plain}'`, shown: `${sign}${shown}` };
  };
  return { type: `DECIMAL(${precision},${scale})`, reading: 'plain', make };
}

const words = new DataView(new ArrayBuffer(8));

function randomDouble(random: SeededRandom): number {
  words.setUint32(0, random.below(2 ** 32));
  words.setUint32(4, random.below(2 ** 32));
  const value = random.chance(0.25) ? random.below(2 ** 32) / 100 : words.getFloat64(0);
  return Number.isFinite(value) && value !== 0 ? value : randomDouble(random);
}

function randomFloat(random: SeededRandom): number {
  words.setUint32(0, random.below(2 ** 32));
  const value = words.getFloat32(0);
  return Number.isFinite(value) && value !== 0 ? value : randomFloat(random);
}

/** With more digits than it takes, at times: what another capture writes. */
function approximate(random: SeededRandom, value: number): RandomValue {
  const text = random.chance(0.5) ? String(value) : value.toExponential(17 + random.below(4));
  return { json: random.chance(0.5) ? text : `"${text}"`, sql: `'${value}'`, shown: value };
}

const HARD = ["'", '"', '\\', '`', '\0', '\x1a', '\n', '\r', '\t', '%', '_', ' ', ';', '\ufeff', '\ufffd'];

function randomCharacter(random: SeededRandom): string {
  switch (random.below(6)) {
    case 0:
      return random.pick(HARD);
    case 1:
      return String.fromCodePoint(0x20 + random.below(0x60));
    case 2:
      return String.fromCodePoint(0xac00 + random.below(11_172));
    case 3:
      return String.fromCodePoint(0x10000 + random.below(0x100000));
    case 4:
      return String.fromCodePoint(random.below(0xd800));
    default:
      return String.fromCodePoint(0xe000 + random.below(0x2000));
  }
}

function characters(type: string, max: number, character: (random: SeededRandom) => string): RandomColumn {
  const isPadded = type.startsWith('CHAR');
  const make = (random: SeededRandom): RandomValue => {
    const text = randomText(random, max, character);
    const stored = isPadded ? text.replace(/ +$/, '') : text;
    return { json: JSON.stringify(text), sql: `_utf8mb4 x'${hex(text)}'`, shown: hex(stored) };
  };
  return { type, reading: 'text', make };
}

function randomText(random: SeededRandom, max: number, character = randomCharacter): string {
  let text = '';
  for (let left = random.below(max + 1); left > 0; left--) {
    text += character(random);
  }
  return text;
}

/** What the decoders of the platform make of each byte, and of the Hangul of KS X 1001. */
const LATIN1 = Array.from({ length: 256 }, (_, byte) => new TextDecoder('windows-1252').decode(Buffer.from([byte])));
const HANGUL = [
  ...new TextDecoder('euc-kr').decode(
    Buffer.from(Array.from({ length: 25 * 94 }, (_, at) => [0xb0 + Math.floor(at / 94), 0xa1 + (at % 94)]).flat()),
  ),
];

function randomBytes(random: SeededRandom, max: number): Buffer {
  const value = Buffer.alloc(random.below(max + 1));
  for (let at = 0; at < value.length; at++) {
    value[at] = random.chance(0.2) ? 0 : random.below(256);
  }
  return value;
}

function bytes(type: string, max: number): RandomColumn {
  const make = (random: SeededRandom): RandomValue => {
    const value = randomBytes(random, max);
    const stored = type.startsWith('BINARY') ? Buffer.concat([value], max) : value; // filled up with zeros
    return { json: JSON.stringify(value.toString('base64')), sql: `x'${hex(value)}'`, shown: hex(stored) };
  };
  return { type, reading: 'bytes', make };
}

function bits(width: number): RandomColumn {
  const make = (random: SeededRandom): RandomValue => {
    const value = randomBits(random, width).toString(16).toUpperCase();
    const even = value.padStart(Math.ceil(width / 8) * 2, '0');
    return { json: `"${Buffer.from(even, 'hex').toString('base64')}"`, sql: `x'${even}'`, shown: value };
  };
  return { type: `BIT(${width})`, reading: 'bytes', make };
}

const MEMBERS = ['a', "b'c", '한', 'd"e', 'f,g', 'h i', '😀'];
const ENUM = MEMBERS.map((member) => `'${member.replaceAll("'", "''")}'`).join(',');
const SET_MEMBERS = Array.from({ length: 64 }, (_, at) => `m${at}`);

function chosen(text: string): RandomValue {
  return { json: JSON.stringify(text), sql: `_utf8mb4 x'${hex(text)}'`, shown: hex(text) };
}

function randomJson(random: SeededRandom, depth: number): string {
  switch (random.below(depth > 3 ? 5 : 7)) {
    case 0:
      return random.pick(['null', 'true', 'false', '""', '{}', '[]']);
    case 1:
      return String(randomBits(random, 64));
    case 2:
      return String(BigInt.asIntN(64, randomBits(random, 64)));
    case 3:
      return String(randomDouble(random));
    case 4:
      return JSON.stringify(randomText(random, 8));
    case 5:
      return `[${Array.from({ length: random.below(4) }, () => randomJson(random, depth + 1)).join(',')}]`;
    default:
      return `{${Array.from({ length: random.below(4) }, (_, at) => {
        return `${JSON.stringify(`${at}${randomText(random, 4)}`)}:${randomJson(random, depth + 1)}`;
      }).join(',')}}`;
  }
}

function json(random: SeededRandom): RandomValue {
  const text = randomJson(random, 0);
  return { json: JSON.stringify(text), sql: `_utf8mb4 x'${hex(text)}'`, shown: hex(text) };
}

/** A point, or a line of up to five. */
function geometry(random: SeededRandom): RandomValue {
  const points = 1 + random.below(5);
  const head = Buffer.alloc(points === 1 ? 9 : 13);
  head.writeUInt32LE(random.pick([0, 4326]), 0);
  head.writeUInt8(1, 4);
  head.writeUInt32LE(points === 1 ? 1 : 2, 5);
  if (points > 1) {
    head.writeUInt32LE(points, 9);
  }
  const numbers = Buffer.alloc(points * 16);
  for (let at = 0; at < numbers.length; at += 8) {
    numbers.writeDoubleLE(randomDouble(random), at);
  }
  const value = Buffer.concat([head, numbers]);
  return { json: `"${value.toString('base64')}"`, sql: `x'${hex(value)}'`, shown: hex(value) };
}

export const RANDOM_COLUMNS: readonly RandomColumn[] = [
  ...integer('TINYINT', 8),
  ...integer('SMALLINT', 16),
  ...integer('MEDIUMINT', 24),
  ...integer('INT', 32),
  ...integer('BIGINT', 64),
  decimal(65, 30),
  decimal(18, 2),
  decimal(9, 9),
  decimal(38, 0),
  { type: 'FLOAT', reading: 'double', make: (random) => approximate(random, randomFloat(random)) },
  { type: 'DOUBLE', reading: 'double', make: (random) => approximate(random, randomDouble(random)) },
  { type: 'DATE', reading: 'plain', make: (random) => quoted(randomDate(random)) },
  { type: 'DATETIME', reading: 'plain', make: (random) => quoted(randomDatetime(random, 0)) },
  { type: 'DATETIME(6)', reading: 'plain', make: (random) => quoted(randomDatetime(random, 6)) },
  { type: 'TIMESTAMP(6)', reading: 'plain', make: (random) => quoted(randomTimestamp(random, 6)) },
  { type: 'TIMESTAMP', reading: 'plain', make: (random) => quoted(randomTimestamp(random, 0)) },
  { type: 'TIME(6)', reading: 'plain', make: (random) => quoted(randomTime(random, 6)) },
  { type: 'TIME', reading: 'plain', make: (random) => quoted(randomTime(random, 0)) },
  characters('CHAR(8)', 8, randomCharacter),
  characters('VARCHAR(40)', 40, randomCharacter),
  characters('TEXT CHARACTER SET utf16', 12, randomCharacter),
  characters('VARCHAR(12) CHARACTER SET latin1', 12, (random) => random.pick(LATIN1)),
  characters('VARCHAR(12) CHARACTER SET euckr', 12, (random) => random.pick(HANGUL)),
  bytes('BINARY(8)', 8),
  bytes('VARBINARY(40)', 40),
  bytes('BLOB', 60),
  bits(1),
  bits(13),
  bits(64),
  { type: `ENUM(${ENUM})`, reading: 'text', make: (random) => chosen(random.pick(MEMBERS)) },
  {
    type: `SET(${SET_MEMBERS.map((member) => `'${member}'`)})`,
    reading: 'text',
    make: (random) => chosen(SET_MEMBERS.filter(() => random.chance(0.05)).join(',')),
  },
  { type: 'JSON', reading: 'json', make: json },
  { type: 'GEOMETRY', reading: 'bytes', make: geometry },
  // Last: MySQL 8.0 logs it so that signs behind it are misread.
  { type: 'YEAR', reading: 'plain', make: (random) => quoted(randomYear(random)) },
];
