import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MysqlAnswer } from '../../../support/chaos-proxy/mysql-answer.ts';
import { MysqlPackets } from '../../../support/chaos-proxy/mysql-packets.ts';
import { propertySeed } from '../../../support/property-seed.ts';

function aPacket(payload: Buffer, sequence = 0): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, payload]);
}

test('packets come out whole and in order, however the stream was cut', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 });
  const property = fc.property(payloads, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (given, cuts) => {
    const stream = Buffer.concat(given.map((payload, index) => aPacket(Buffer.from(payload), index)));
    const packets = new MysqlPackets();
    const seen: number[][] = [];
    for (let at = 0, cut = 0; at < stream.length; cut += 1) {
      const length = cuts[cut % cuts.length] ?? 1;
      seen.push(...packets.take(stream.subarray(at, at + length)).map(({ payload }) => [...payload]));
      at += length;
    }
    expect(seen).toEqual(given.map((payload) => [...payload]));
  });
  fc.assert(property, { numRuns: 200, ...propertySeed() });
});

test('a payload that is longer than a packet is one request', () => {
  const long = Buffer.alloc(0xffffff, 1);
  const rest = Buffer.from([2, 3]);
  const packets = new MysqlPackets();
  expect(packets.take(aPacket(long))).toEqual([]);
  const [request] = packets.take(aPacket(rest, 1));
  expect(request?.payload.length).toBe(long.length + 2);
  expect(request?.bytes.length).toBe(long.length + 2 + 8);
});

const OK = (status: number) => Buffer.from([0, 0, 0, status & 0xff, status >> 8, 0, 0]);
const END = (status: number) => Buffer.from([0xfe, 0, 0, status & 0xff, status >> 8]);
const ERROR = Buffer.from([0xff, 0x4b, 0x04]);
const TWO_COLUMNS = Buffer.from([2]);
const A_COLUMN = Buffer.from([3, 1, 1]);
const A_ROW = Buffer.from([1, 0x31, 1, 0x32]);
const MORE = 8;

test.each([
  ['one statement', true, [OK(2)]],
  ['three statements', true, [OK(MORE), OK(MORE), OK(2)]],
  ['an error in the second of three', true, [OK(MORE), ERROR]],
  ['rows, with ends of columns', true, [TWO_COLUMNS, A_COLUMN, A_COLUMN, END(0), A_ROW, A_ROW, END(2)]],
  [
    'rows, without ends of columns',
    false,
    [TWO_COLUMNS, A_COLUMN, A_COLUMN, A_ROW, Buffer.from([0xfe, 0, 0, 2, 0, 0, 0])],
  ],
  ['rows, then a statement', true, [TWO_COLUMNS, A_COLUMN, A_COLUMN, END(0), END(MORE), OK(2)]],
])('the end of an answer is told: %s', (_, hasEndOfColumns, packets) => {
  const answer = new MysqlAnswer(hasEndOfColumns);
  expect(packets.map((payload) => answer.take(payload))).toEqual(
    packets.map((_packet, at) => at === packets.length - 1),
  );
});
