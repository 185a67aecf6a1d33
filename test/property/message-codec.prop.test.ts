import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { decodeEnvelope, decodeReply, encodeEnvelope } from '../../protocol/message/message-codec.ts';
import { propertySeed } from '../support/property-seed.ts';

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true }).map((number) => (number === 0 ? 0 : number)), // a zero has no sign on its way
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.array(tie('any'), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('any'),
      { noNullPrototype: true, maxKeys: 20 },
    ),
  ),
})).any;

const text = fc.string({ minLength: 1 });
const envelope = fc.record({
  v: fc.integer({ min: 1 }),
  type: text,
  id: text,
  sender: text,
  epoch: fc.maxSafeNat(),
  correlation: fc.string(),
  body: value,
});

test('whatever is sent comes back the same', () => {
  fc.assert(
    fc.property(envelope, (message) => {
      expect(decodeEnvelope(encodeEnvelope(message))).toEqual(message);
    }),
    propertySeed(),
  );
});

test('whatever bytes come in, reading them ends in a message or in ERG_6103', () => {
  const mutated = fc
    .tuple(envelope, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 8 }), fc.nat())
    .map(([message, changes, cut]) => {
      const bytes = encodeEnvelope(message);
      for (const [at, byte] of changes) {
        bytes[at % bytes.length] = byte;
      }
      return cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      for (const decode of [decodeEnvelope, decodeReply]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ReplicationError);
          expect(error).toMatchObject({ code: 'ERG_6103' });
        }
      }
    }),
    { numRuns: 3_000, ...propertySeed() },
  );
});
