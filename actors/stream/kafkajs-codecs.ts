import { promisify } from 'node:util';
import zlib from 'node:zlib';
import kafkajs, { type CompressionTypes } from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as compressSnappy, uncompress as uncompressSnappy } from 'snappy';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { unframeSnappy } from './unframe-snappy.ts';

/** A batch is at most a few MB compressed; what unpacks to more than this is damaged or hostile. A guess. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

const limit = { maxOutputLength: MAX_UNPACKED_BYTES };
const gzip = promisify<Buffer, Buffer>(zlib.gzip);
const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const zstdCompress = promisify<Buffer, Buffer>(zlib.zstdCompress);
const zstdDecompress = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);

interface Codec {
  readonly name: string;
  readonly type: CompressionTypes;
  compress(bytes: Buffer): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** All run in the thread pool, so that unpacking does not hold up the event loop. */
const CODECS: readonly Codec[] = [
  { name: 'gzip', type: kafkajs.CompressionTypes.GZIP, compress: gzip, decompress: (bytes) => gunzip(bytes, limit) },
  {
    name: 'snappy',
    type: kafkajs.CompressionTypes.Snappy,
    compress: (bytes) => compressSnappy(bytes),
    decompress: unpackSnappy,
  },
  {
    name: 'lz4',
    type: kafkajs.CompressionTypes.LZ4,
    compress: (bytes) => compressFrame(bytes),
    decompress: decompressFrame,
  },
  {
    name: 'zstd',
    type: kafkajs.CompressionTypes.ZSTD,
    compress: zstdCompress,
    decompress: (bytes) => zstdDecompress(bytes, limit),
  },
];

async function unpackSnappy(bytes: Buffer): Promise<Buffer> {
  const blocks = await Promise.all(unframeSnappy(bytes).map((block) => uncompressSnappy(block, { asBuffer: true })));
  return Buffer.concat(blocks.map((block) => (typeof block === 'string' ? Buffer.from(block) : block)));
}

let registered: Promise<void> | undefined;

/**
 * Registers the codecs that any producer may have used, and tries each once: kafkajs itself knows only gzip, and would
 * find out about a missing one in the middle of a partition.
 *
 * @throws ReplicationError ERG_1212 when one does not work
 */
export function registerKafkajsCodecs(): Promise<void> {
  registered ??= Promise.all(CODECS.map(registerCodec)).then(() => undefined);
  return registered;
}

async function registerCodec(codec: Codec): Promise<void> {
  await testCodec(codec);
  // The declared type names only gzip.
  const codecs = kafkajs.CompressionCodecs as Record<CompressionTypes, () => object>;
  codecs[codec.type] = () => ({
    compress: (encoder: { readonly buffer: Buffer }) => codec.compress(encoder.buffer),
    decompress: (bytes: Buffer) => decompress(codec, bytes),
  });
}

/** @throws ReplicationError ERG_1212 when it does not give back what it was given */
export async function testCodec({ name, compress, decompress: unpack }: Omit<Codec, 'type'>): Promise<void> {
  const sample = Buffer.from('ergate '.repeat(64));
  const back = await compress(sample)
    .then(unpack)
    .catch((cause: unknown) => {
      throw new ReplicationError('ERG_1212', `the ${name} codec does not work`, { cause });
    });
  if (!back.equals(sample)) {
    throw new ReplicationError('ERG_1212', `the ${name} codec does not give back what it was given`);
  }
}

function decompress({ name, decompress: unpack }: Codec, bytes: Buffer): Promise<Buffer> {
  return unpack(bytes).catch((cause: unknown) => {
    throw new ReplicationError('ERG_1207', `a ${name} batch of ${bytes.length} bytes cannot be unpacked`, { cause });
  });
}
