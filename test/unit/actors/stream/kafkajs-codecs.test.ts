import kafkajs from 'kafkajs';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerKafkajsCodecs, testCodec } from '../../../../actors/stream/kafkajs-codecs.ts';

interface RegisteredCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

const { CompressionTypes } = kafkajs;
const TYPES = [
  ['gzip', CompressionTypes.GZIP],
  ['snappy', CompressionTypes.Snappy],
  ['lz4', CompressionTypes.LZ4],
  ['zstd', CompressionTypes.ZSTD],
] as const;

beforeAll(registerKafkajsCodecs);

describe.each(TYPES)('%s', (name, type) => {
  // The declared type names only gzip.
  const codec = () => (kafkajs.CompressionCodecs as unknown as Record<number, () => RegisteredCodec>)[type]!();

  test.each([1, 1_000, 300_000])('gives back %i bytes', async (length) => {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * index) % 251));
    const packed = await codec().compress({ buffer: bytes });
    expect(packed.equals(bytes)).toBe(false);
    expect((await codec().decompress(packed)).equals(bytes)).toBe(true);
  });

  test('refuses damaged bytes by its name', async () => {
    await expect(codec().decompress(Buffer.from('not packed at all'))).rejects.toThrow(`ERG_1207: a ${name} batch`);
  });
});

describe('a codec is tried before anything is read, and refused', () => {
  const keep = async (bytes: Buffer) => bytes;
  const fail = async () => {
    throw new Error('no such module');
  };
  test.each([
    ['when it cannot pack', { compress: fail, decompress: keep }, /^ERG_1212: the x codec does not work/],
    ['when it cannot unpack', { compress: keep, decompress: fail }, /^ERG_1212: the x codec does not work/],
    [
      'when something else comes back',
      { compress: keep, decompress: async () => Buffer.from('other') },
      /^ERG_1212: the x codec does not give back/,
    ],
  ])('%s', async (_, codec, message) => {
    await expect(testCodec({ name: 'x', ...codec })).rejects.toThrow(message);
  });

  test('but not when it works', async () => {
    await expect(testCodec({ name: 'x', compress: keep, decompress: keep })).resolves.toBeUndefined();
  });
});
