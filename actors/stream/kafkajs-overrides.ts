/**
 * Six mends of kafkajs 2.2.4, which is not maintained any more. Each replaces one method or one module of it for the
 * whole process, and refuses to do so when it is not there: the version is pinned for this reason.
 *
 * 1. The request queue arms its next check with a negative delay: a loop of 1 ms timers per connection, 4–9 times the
 *    idle CPU, and a TimeoutNegativeWarning on Node 24. The check is needed only while requests wait.
 * 2. An offset out of range makes the library commit the default offset for the group and go on there: records are
 *    skipped without a word. It throws instead, which ends the consumer and reaches us as ERG_1202.
 * 3. A commit is retried under the generation of a later rebalance, and brokers accept it from a member that owns
 *    nothing any more (kafkajs#1046). It is refused unless the partition is assigned in that very generation.
 * 4. For the same reason a commit is tried once, under the generation of the moment of the call; and one that is asked of
 *    a consumer that does not run fails, where the library would report it as done.
 * 5. The checksum of a record batch is not looked at, so a damaged one would be delivered; Java's consumer looks at it. The
 *    headers of a record are gathered by copying all that came before for each one: 4,000 of them hold the event loop up
 *    for 9 s, and with it every lease of the process. And half of what it costs to read a record goes into objects that nobody
 *    needs. A fetch that begins with what cannot be read, or with a batch whose records are all compacted away, is asked for
 *    ever again. What was fetched is decoded here instead (decode-fetched.ts).
 * 6. An answer without records is taken for the end of the partition, also when the broker says that there are more.
 */
import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { decodeFetched, type FetchDecoder, type FetchLibrary } from './decode-fetched.ts';
import { type FetchAnswer, type FetchRequest, refuseWithheld } from './refuse-withheld.ts';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

interface OffsetManager {
  readonly memberAssignment: Readonly<Record<string, readonly number[]>>;
}

interface OffsetsToCommit {
  readonly topics?: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number }[];
  }[];
}

interface Runner {
  readonly running: boolean;
  readonly consumerGroup: { commitOffsets(offsets: OffsetsToCommit): Promise<void> };
}

interface Compression {
  readonly lookupCodecByAttributes: FetchLibrary['findCodec'];
}

type DecodeMessageSet = (decoder: object, bytes: number) => ReturnType<FetchLibrary['decodeMessage']>;

type Method = (this: never, ...args: never[]) => unknown;

/** Between two looks at requests that wait for a free slot; the library's own figure. */
const RECHECK_MS = 10;

/** What an answer to a fetch has of a partition: up to version 3 of the request, and from 4 on. */
const FETCH_DECODERS = [
  'kafkajs/src/protocol/messageSet/decoder',
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages',
] as const;
/** Their users. */
const FETCH_RESPONSE = /kafkajs[\\/]src[\\/]protocol[\\/]requests[\\/]fetch[\\/]v\d+[\\/]response\.js$/;

const requireFromHere = createRequire(import.meta.url);
let applied = false;

/** @throws ReplicationError ERG_1212 when the library is not the expected one. Idempotent. */
export function applyKafkajsOverrides(): void {
  if (applied) {
    return;
  }
  applied = true;
  replaceMethod('kafkajs/src/network/requestQueue', 'scheduleCheckPendingRequests', () => scheduleCheck);
  replaceMethod('kafkajs/src/consumer/offsetManager', 'setDefaultOffset', () => refuseDefaultOffset);
  replaceMethod('kafkajs/src/consumer/offsetManager', 'commitOffsets', (original) => {
    return function commitAssigned(this: OffsetManager, offsets: OffsetsToCommit = {}) {
      refuseUnassigned(this.memberAssignment, offsets);
      return Reflect.apply(original, this, [offsets]);
    };
  });
  replaceMethod('kafkajs/src/consumer/runner', 'commitOffsets', () => commitOnce);
  const withheld = new WeakMap<object, number>();
  replaceMethod('kafkajs/src/broker', 'fetch', (original) => {
    return async function fetchGiven(this: object, request: FetchRequest): Promise<FetchAnswer> {
      const answer: FetchAnswer = await Reflect.apply(original, this, [request]);
      withheld.set(this, refuseWithheld(request, answer, withheld.get(this) ?? 0));
      return answer;
    };
  });
  replaceFetchDecoders();
}

function scheduleCheck(this: RequestQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) {
    return;
  }
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : RECHECK_MS,
  );
}

async function refuseDefaultOffset(where: { readonly topic: string; readonly partition: number }): Promise<never> {
  throw new ReplicationError(
    'ERG_1202',
    `the offset to read next is out of range of ${where.topic}[${where.partition}]`,
  );
}

function refuseUnassigned(assigned: OffsetManager['memberAssignment'], offsets: OffsetsToCommit): void {
  for (const { topic, partitions } of offsets.topics ?? []) {
    if (partitions.some(({ partition }) => !assigned[topic]?.includes(partition))) {
      throw new kafkajs.KafkaJSNonRetriableError(`${topic} is not assigned to this member`);
    }
  }
}

async function commitOnce(this: Runner, offsets: OffsetsToCommit): Promise<void> {
  if (!this.running) {
    throw new kafkajs.KafkaJSError('the consumer does not run');
  }
  await this.consumerGroup.commitOffsets(offsets);
}

function replaceMethod(path: string, name: string, replace: (original: Method) => Method): void {
  const loaded: unknown = requireFromHere(path);
  const methods = typeof loaded === 'function' ? (loaded.prototype as Record<string, unknown>) : {};
  const original = methods[name];
  if (typeof original !== 'function') {
    throw new ReplicationError('ERG_1212', `expected ${path} to have ${name}; found another version of kafkajs`);
  }
  methods[name] = replace(original as Method);
}

/** A module that is one function is held by whoever loaded it, so it has to be replaced before its users load. */
function replaceFetchDecoders(): void {
  const loadedAlready = Object.keys(requireFromHere.cache).find((path) => FETCH_RESPONSE.test(path));
  if (loadedAlready !== undefined) {
    throw new ReplicationError('ERG_1212', `expected that nobody has used ${loadedAlready} yet`);
  }
  const { lookupCodecByAttributes: findCodec } = requireFromHere(
    'kafkajs/src/protocol/message/compression',
  ) as Compression;
  const Decoder = requireFromHere('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
  const decodeMessageSet = requireFromHere(FETCH_DECODERS[0]) as DecodeMessageSet;
  const decodeMessage = (bytes: Buffer) => decodeMessageSet(new Decoder(bytes), bytes.length);
  for (const path of FETCH_DECODERS) {
    const replaced: unknown = requireFromHere(path);
    const loaded = requireFromHere.cache[requireFromHere.resolve(path)];
    if (typeof replaced !== 'function' || loaded === undefined) {
      throw new ReplicationError('ERG_1212', `expected ${path} to be a function; found another version of kafkajs`);
    }
    loaded.exports = (decoder: FetchDecoder) => decodeFetched(decoder, { findCodec, decodeMessage });
  }
}
