import { pack } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import type { Envelope } from '../../../../protocol/message/envelope.ts';
import {
  decodeEnvelope,
  decodeReply,
  encodeEnvelope,
  encodeReply,
  MAX_MESSAGE_BYTES,
} from '../../../../protocol/message/message-codec.ts';

const ENVELOPE: Envelope = { v: 1, type: 't', id: 'i', sender: 's/1', epoch: 3, correlation: '', body: { a: 1 } };
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof ReplicationError ? error.code : `not ours: ${error}`;
  }
  return 'nothing was thrown';
}

test('a message comes back as it was', () => {
  expect(decodeEnvelope(encodeEnvelope(ENVELOPE))).toEqual(ENVELOPE);
  const reply = {
    code: 'BUSY',
    message: 'm',
    maxEpoch: 4,
    body: [1, 'x', null, true, 2n ** 60n, Buffer.from('b')],
  } as const;
  expect(decodeReply(encodeReply(reply))).toEqual(reply);
});

test('fields that we do not know are kept, at every depth, and a higher schema version is read', () => {
  const newer = { ...ENVELOPE, v: 2, traceId: 'x', body: { a: 1, added: [{ deep: 'y' }] } };
  expect(decodeEnvelope(pack(newer))).toEqual(newer);
});

test('a field that is undefined is left out, so it needs no extension that others would have to know', () => {
  const bytes = encodeEnvelope({ ...ENVELOPE, body: { reason: undefined, state: 'running' } });
  expect(decodeEnvelope(bytes).body).toEqual({ state: 'running' });
  expect(bytes.includes('reason')).toBe(false);
});

test('what an older version left out has a meaning', () => {
  const { correlation: _, body: __, ...older } = ENVELOPE;
  expect(decodeEnvelope(pack(older))).toMatchObject({ correlation: '' });
  expect(decodeReply(pack({ code: 'OK' }))).toEqual({ code: 'OK', message: '', maxEpoch: 0 });
});

describe('bytes that are no message', () => {
  test.each([
    ['nothing', ''],
    ['text', Buffer.from('PING\r\n').toString('hex')],
    ['a number', '05'],
    ['an array', '90'],
    ['an unused type byte', 'c1'],
    ['a map that is cut off', '82a17601'],
    ['bytes behind the message', '80 80'],
    ['an array that announces thirty million values', 'dd01c9c380'],
    ['a map that announces four billion entries', 'dfffffffff'],
    ['a text that announces four billion bytes', 'dbffffffff61'],
    ['a record structure of the library', 'd4720091a161c0'],
    ['an extension that builds a date', 'd6ff5f000000'],
    ['an extension of variable length', 'c7016561'],
    ['nesting that would exhaust the stack', '91'.repeat(100_000)],
    ['nesting in maps', '81a161'.repeat(100)],
  ])('%s is unreadable, and says nothing else', (_, bytes) => {
    expect(codeOf(() => decodeEnvelope(hex(bytes)))).toBe('ERG_6103');
    expect(codeOf(() => decodeReply(hex(bytes)))).toBe('ERG_6103');
  });

  test.each([
    ['no version', { v: undefined }],
    ['a version below 1', { v: 0 }],
    ['a version that is text', { v: '1' }],
    ['no type', { type: undefined }],
    ['an empty id', { id: '' }],
    ['a sender that is a number', { sender: 5 }],
    ['a negative epoch', { epoch: -1 }],
    ['an epoch beyond exact integers', { epoch: 2 ** 60 }],
    ['an epoch that is not whole', { epoch: 1.5 }],
    ['a correlation that is a map', { correlation: {} }],
  ])('%s is unreadable', (_, change) => {
    expect(codeOf(() => decodeEnvelope(pack({ ...ENVELOPE, ...change })))).toBe('ERG_6103');
  });

  test('a reply with a code that we do not know is unreadable', () => {
    expect(codeOf(() => decodeReply(pack({ code: 'MAYBE', message: '', maxEpoch: 0 })))).toBe('ERG_6103');
  });

  test('more bytes than NATS carries are not looked at', () => {
    expect(codeOf(() => decodeEnvelope(Buffer.alloc(MAX_MESSAGE_BYTES + 1, 0x90)))).toBe('ERG_6103');
  });
});

test('what announces much and holds little costs no memory', () => {
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 1_000; round++) {
    codeOf(() => decodeEnvelope(hex('dd01c9c380')));
  }
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
});

test('a message that is too large, or cannot be expressed, is refused before it is sent', () => {
  expect(codeOf(() => encodeEnvelope({ ...ENVELOPE, body: Buffer.alloc(MAX_MESSAGE_BYTES) }))).toBe('ERG_6104');
  expect(codeOf(() => encodeEnvelope({ ...ENVELOPE, body: 2n ** 70n }))).toBe('ERG_6103');
});
