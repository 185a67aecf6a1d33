import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { applyKafkajsOverrides } from '../../../../actors/stream/kafkajs-overrides.ts';
import { aBatch, encodeBatch } from './encode-batch.ts';

const requireFromHere = createRequire(import.meta.url);
applyKafkajsOverrides();
const Decoder = requireFromHere('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeMessages = requireFromHere('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
  decoder: object,
) => Promise<readonly { readonly offset: string }[]>;

/** What one answer to a fetch has of a partition. */
function fetched(...batches: readonly Buffer[]): object {
  const bytes = Buffer.concat(batches);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return new Decoder(Buffer.concat([length, bytes]));
}

async function offsetsOf(...batches: readonly Buffer[]): Promise<readonly string[]> {
  return (await decodeMessages(fetched(...batches))).map(({ offset }) => offset);
}

const first = await encodeBatch(aBatch);
const second = await encodeBatch({ ...aBatch, firstOffset: 42n });
const damaged = Buffer.from(second);
damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);

test('the records of all batches of a fetch are delivered', async () => {
  expect(await offsetsOf(first, second)).toEqual(['40', '41', '42', '43']);
});

test('the last batch of a fetch may be cut off', async () => {
  expect(await offsetsOf(first, second.subarray(0, 70))).toEqual(['40', '41']);
});

test('what is in front of a damaged batch is delivered, and the fetch that begins with it fails', async () => {
  expect(await offsetsOf(first, damaged)).toEqual(['40', '41']);
  await expect(offsetsOf(damaged, first)).rejects.toThrow('ERG_1207: the batch of offsets 42 to 43 is damaged');
});
