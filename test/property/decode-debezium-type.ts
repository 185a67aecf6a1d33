/** Columns as Debezium writes them, with slow conversions of their values: BigInt, and the Date of the language. */
import fc from 'fast-check';
import type { Cell } from '../../protocol/change/cell.ts';

/** A column of a type: how its schema is written, and pairs of a JSON text and the cell that it must become. */
export interface TypeDraft {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly value: fc.Arbitrary<readonly [token: string, cell: Cell]>;
}

const named = (type: string, name: string, parameters?: Record<string, string>) => ({
  type,
  name,
  ...(parameters && { parameters }),
});

function pad(value: bigint, digits: number): string {
  return String(value).padStart(digits, '0');
}

/** By the Date of the language, which is exact to the millisecond and knows the civil calendar. */
function slowDatetime(count: bigint, perSecond: bigint): string {
  const fraction = ((count % perSecond) + perSecond) % perSecond;
  const seconds = (count - fraction) / perSecond;
  const [date = '', clock = ''] = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19).split('T');
  return `${date} ${clock}${slowFraction(fraction, perSecond)}`;
}

function slowFraction(fraction: bigint, perSecond: bigint): string {
  const digits = String(perSecond).length - 1;
  return fraction === 0n ? '' : `.${pad(fraction, digits)}`.replace(/0+$/, '');
}

function slowTime(count: bigint, perSecond: bigint): string {
  const size = count < 0n ? -count : count;
  const seconds = size / perSecond;
  const clock = [seconds / 3_600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => pad(part, 2)).join(':');
  return `${count < 0n ? '-' : ''}${clock}${slowFraction(size % perSecond, perSecond)}`;
}

/** Shortest two's complement, as Java's BigInteger makes it. */
function toBytes(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) {
    length += 1;
  }
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}

function slowDecimal(value: bigint, scale: number): string {
  const digits = pad(value < 0n ? -value : value, scale + 1);
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`}`;
}

const FIRST_SECOND = -62_167_219_200n; // 0000-01-01
const LAST_SECOND = 253_402_300_799n; // 9999-12-31 23:59:59

function datetimeDraft(name: string, perSecond: bigint): TypeDraft {
  const count = fc.bigInt({ min: FIRST_SECOND * perSecond, max: LAST_SECOND * perSecond + perSecond - 1n });
  return { schema: named('int64', name), value: count.map((at) => [String(at), slowDatetime(at, perSecond)]) };
}

function timeDraft(name: string, perSecond: bigint): TypeDraft {
  const limit = 3_020_399n * perSecond;
  const count = fc.bigInt({ min: -limit, max: limit });
  return { schema: named('int64', name), value: count.map((size) => [String(size), slowTime(size, perSecond)]) };
}

function decimalDraft(scale: number): TypeDraft {
  const schema = named('bytes', 'org.apache.kafka.connect.data.Decimal', { scale: String(scale) });
  const limit = 10n ** 65n;
  const whole = fc.oneof(fc.bigInt({ min: -limit, max: limit }), fc.bigInt({ min: -40_000n, max: 40_000n }));
  const asBytes = whole.map((value): [string, Cell] => [
    JSON.stringify(toBytes(value).toString('base64')),
    slowDecimal(value, scale),
  ]);
  const asNumber = whole.map((value): [string, Cell] => [slowDecimal(value, scale), slowDecimal(value, scale)]);
  return { schema, value: fc.oneof({ weight: 3, arbitrary: asBytes }, asNumber) };
}

export const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary', maxLength: 60 }));
export const textDraft: TypeDraft = {
  schema: { type: 'string' },
  value: text.map((cell) => [JSON.stringify(cell), cell]),
};

export const TYPES: readonly TypeDraft[] = [
  textDraft,
  {
    schema: { type: 'int64' },
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => [String(n), String(n)]),
  },
  { schema: { type: 'boolean' }, value: fc.boolean().map((flag) => [String(flag), flag]) },
  {
    schema: { type: 'int64', parameters: { '__debezium.source.column.type': 'BIGINT UNSIGNED' } },
    value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => [String(BigInt.asIntN(64, n)), String(n)]),
  },
  {
    schema: { type: 'bytes' },
    value: fc.uint8Array().map((bytes) => {
      const base64 = Buffer.from(bytes).toString('base64');
      return [JSON.stringify(base64), base64];
    }),
  },
  {
    schema: named('bytes', 'io.debezium.data.Bits', { length: '64' }),
    value: fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => {
      const encode = (list: readonly number[]) => Buffer.from(list).toString('base64');
      return [JSON.stringify(encode([...bytes])), encode([...bytes].reverse())];
    }),
  },
  {
    schema: named('int32', 'io.debezium.time.Date'),
    value: fc.integer({ min: -719_528, max: 2_932_896 }).map((day) => {
      return [String(day), slowDatetime(BigInt(day) * 86_400n, 1n).slice(0, 10)];
    }),
  },
  datetimeDraft('io.debezium.time.Timestamp', 1_000n),
  datetimeDraft('org.apache.kafka.connect.data.Timestamp', 1_000n),
  datetimeDraft('io.debezium.time.MicroTimestamp', 1_000_000n),
  timeDraft('org.apache.kafka.connect.data.Time', 1_000n),
  timeDraft('io.debezium.time.MicroTime', 1_000_000n),
  decimalDraft(0),
  decimalDraft(2),
  decimalDraft(30),
];
