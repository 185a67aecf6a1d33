/**
 * What surrounds every message on NATS. Fields that a receiver does not know are kept and ignored; a type that it does
 * not know is answered UNSUPPORTED.
 */
export interface Envelope<Body = unknown> {
  /** Schema version of the message, 1 now; grows only by adding fields, so a higher one is read as well. */
  readonly v: number;
  readonly type: string;
  /** Unique; the same for every try of one command, so that a repeat is recognised. */
  readonly id: string;
  /** "<process>/<boot>" of the sender. */
  readonly sender: string;
  /** Leader epoch under which it was sent; 0 from those who do not lead. */
  readonly epoch: number;
  /** Id of the message that this one answers or follows from; '' when none. */
  readonly correlation: string;
  readonly body: Body;
}

export const REPLY_CODES = [
  'OK',
  'STALE_EPOCH',
  'STALE_PLACE',
  'UNKNOWN_ACTOR',
  'BUSY',
  'DRAINING',
  'UNSUPPORTED',
  'POISON',
  'FAILED',
] as const;
export type ReplyCode = (typeof REPLY_CODES)[number];

export interface Reply<Body = unknown> {
  readonly code: ReplyCode;
  readonly message: string;
  /** Highest leader epoch that the receiver has seen. */
  readonly maxEpoch: number;
  readonly body: Body | undefined;
}
