/**
 * What a bus does with the bytes that come for one subject, whatever carries them. Nothing that comes in can end it, and
 * what is being worked on is bounded: a flood of requests is answered BUSY instead of piling up.
 */
import type { Envelope } from '../../protocol/message/envelope.ts';
import { decodeEnvelope, encodeReply, MAX_MESSAGE_BYTES } from '../../protocol/message/message-codec.ts';
import type { BusComplaints } from './bus-complaints.ts';
import type { Answer } from './message-bus.ts';

/** Requests of one subject that may be worked on at a time (reference: bounded mailbox). */
export const MAX_PENDING_REQUESTS = 256;
const TEXT = new TextEncoder();

/** Never rejects. */
export type AnswerFunc = (bytes: Uint8Array) => Promise<Uint8Array>;

export function answerRequests(
  subject: string,
  handle: (message: Envelope) => Promise<Answer>,
  complaints: BusComplaints,
): AnswerFunc {
  let pending = 0;
  return async (bytes) => {
    if (pending >= MAX_PENDING_REQUESTS) {
      return encodeAnswer({ code: 'BUSY', message: `${pending} requests are being worked on`, maxEpoch: 0 });
    }
    pending++;
    try {
      return encodeAnswer(await handle(decodeEnvelope(bytes)));
    } catch (error) {
      const { code, message } = complaints.tellFailure(error, subject, bytes.length);
      return encodeAnswer({ code: code === 'ERG_6103' ? 'POISON' : 'FAILED', message, maxEpoch: 0 });
    } finally {
      pending--;
    }
  };
}

/** What the answer is when none can be made: `{ "error": text }`. */
export function answerJson(subject: string, answer: () => unknown, complaints: BusComplaints): AnswerFunc {
  return async (bytes) => {
    try {
      const json = TEXT.encode(JSON.stringify((await answer()) ?? null));
      return json.length > MAX_MESSAGE_BYTES ? encodeError(`ERG_6104: ${json.length} bytes are too many`) : json;
    } catch (error) {
      return encodeError(complaints.tellFailure(error, subject, bytes.length).message);
    }
  };
}

export function hearHints(
  hear: (message: Envelope, subject: string) => void,
  complaints: BusComplaints,
): (bytes: Uint8Array, subject: string) => void {
  return (bytes, subject) => {
    try {
      hear(decodeEnvelope(bytes), subject);
    } catch (error) {
      complaints.tellFailure(error, subject, bytes.length);
    }
  };
}

function encodeAnswer({ code, message, maxEpoch, body }: Answer): Uint8Array {
  return encodeReply({ code, message, maxEpoch, body });
}

function encodeError(error: string): Uint8Array {
  return TEXT.encode(JSON.stringify({ error }));
}
