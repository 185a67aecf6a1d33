import { createRequire } from 'node:module';
import { beforeAll, expect, test } from 'vitest';
import { applyKafkajsOverrides } from '../../../../actors/stream/kafkajs-overrides.ts';

interface Coder {
  readonly buffer: Buffer;
  offset: number;
  readVarInt(): number;
}

const requireFromHere = createRequire(import.meta.url);
const Decoder = requireFromHere('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Coder;
const encodeRecord = requireFromHere('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Coder;

beforeAll(applyKafkajsOverrides);

/** As it stands in a batch, behind its own length. */
function decodeRecord(bytes: Buffer): object {
  const decode = requireFromHere('kafkajs/src/protocol/recordBatch/record/v0/decoder');
  const decoder = new Decoder(bytes);
  decoder.readVarInt();
  const record = decode(decoder, { firstOffset: '7', firstTimestamp: '0' });
  return { ...record, unread: decoder.buffer.length - decoder.offset };
}

function encode(headers: Readonly<Record<string, string>>): Buffer {
  const [key, value] = [Buffer.from('key'), Buffer.from('value')];
  return encodeRecord({ offsetDelta: 0, timestampDelta: 0, key, value, headers }).buffer;
}

test.each([0, 1, 10_000])('a record with %d headers is read at once, and they are passed over', (count) => {
  const headers = Object.fromEntries(Array.from({ length: count }, (_, at) => [`h${at}`, 'x']));
  expect(decodeRecord(encode(headers))).toMatchObject({
    offset: '7',
    key: Buffer.from('key'),
    value: Buffer.from('value'),
    headers: {},
    unread: 0,
  });
});

test('a record that ends before the headers that it announces is refused', () => {
  expect(() => decodeRecord(encode({ first: 'x', second: 'y' }).subarray(0, -9))).toThrow(/ERG_1207.*2 headers/);
});
