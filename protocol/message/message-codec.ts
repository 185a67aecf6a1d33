/**
 * Messages as bytes: msgpack with plain maps. A field that is undefined is left out; fields that we do not know are kept.
 *
 * Bytes come from whoever can reach NATS: their size and structure are checked before anything is built from them, and
 * whatever is wrong with them is ERG_6103, nothing else.
 */
import { Packr } from 'msgpackr';
import { ReplicationError } from '../errors/replication-error.ts';
import { checkCodecStructure } from './check-codec-structure.ts';
import { type Envelope, REPLY_CODES, type Reply, type ReplyCode } from './envelope.ts';

/** What a NATS server carries unless it is told otherwise (max_payload). */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** An option of the library that its declarations do not have. */
interface CodecOptions {
  readonly useRecords: false;
  readonly skipValues: readonly unknown[];
}

const OPTIONS: CodecOptions = { useRecords: false, skipValues: [undefined] };
const codec = new Packr(OPTIONS as { useRecords: false }); // as said above

/** @throws ReplicationError ERG_6104 when it is larger than NATS carries, ERG_6103 when it cannot be expressed */
export function encodeEnvelope(envelope: Envelope): Buffer {
  return encode(envelope, envelope.type);
}

/** @throws ReplicationError ERG_6104, ERG_6103 */
export function encodeReply(reply: Reply): Buffer {
  return encode(reply, 'reply');
}

/** @throws ReplicationError ERG_6103 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const fields = decode(bytes);
  const { v, type, id, sender, epoch, correlation = '' } = fields;
  if (!isCount(v) || v < 1) {
    throw unreadable('expected a schema version v of at least 1');
  }
  if (!isCount(epoch)) {
    throw unreadable('expected an epoch, an integer from 0 on');
  }
  for (const [name, text] of Object.entries({ type, id, sender })) {
    if (typeof text !== 'string' || text === '') {
      throw unreadable(`expected a text in ${name}`);
    }
  }
  if (typeof correlation !== 'string') {
    throw unreadable('expected a text in correlation');
  }
  return { ...fields, correlation } as unknown as Envelope; // checked field by field above; the body is anything
}

/** @throws ReplicationError ERG_6103 */
export function decodeReply(bytes: Uint8Array): Reply {
  const fields = decode(bytes);
  const { code, message = '', maxEpoch = 0 } = fields;
  if (!REPLY_CODES.includes(code as ReplyCode)) {
    throw unreadable(`expected a reply code, one of ${REPLY_CODES.join(', ')}`);
  }
  if (typeof message !== 'string' || !isCount(maxEpoch)) {
    throw unreadable('expected a text in message and an integer in maxEpoch');
  }
  return { ...fields, message, maxEpoch } as unknown as Reply; // checked field by field above; the body is anything
}

function encode(message: object, name: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = codec.pack(message);
  } catch (error) {
    throw unreadable(`a message (${name}) cannot be expressed`, error);
  }
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new ReplicationError('ERG_6104', `${name}: ${bytes.length} bytes, the most is ${MAX_MESSAGE_BYTES}`);
  }
  return bytes;
}

function decode(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw unreadable(`${bytes.length} bytes, the most is ${MAX_MESSAGE_BYTES}`);
  }
  const problem = checkCodecStructure(bytes);
  if (problem !== undefined) {
    throw unreadable(problem);
  }
  let value: unknown;
  try {
    value = codec.unpack(bytes);
  } catch (error) {
    throw unreadable('not a message', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw unreadable('expected a map');
  }
  return { ...value };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function unreadable(message: string, cause?: unknown): ReplicationError {
  return new ReplicationError('ERG_6103', message, { cause });
}
