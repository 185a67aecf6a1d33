import type { Envelope, Reply, ReplyCode } from '../../protocol/message/envelope.ts';

/** What a sender writes; the bus adds the rest of the envelope. */
export interface OutgoingMessage {
  readonly type: string;
  /** The same for every try of one command. */
  readonly id: string;
  /** Leader epoch; 0 from those who do not lead. */
  readonly epoch: number;
  readonly correlation?: string | undefined;
  readonly body: unknown;
}

export interface Answer {
  readonly code: ReplyCode;
  /** For people; '' when the code says all. */
  readonly message: string;
  readonly maxEpoch: number;
  readonly body?: unknown;
}

export interface ServiceDescription {
  /** Of the NATS services protocol: a-z, 0-9 and -. */
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * NATS as ergate uses it: requests that are answered, and hints that may be lost. Connects by itself, for ever; nothing
 * that must survive goes only through here.
 */
export interface MessageBus {
  /** False while there is no connection: hints are dropped then and requests reject at once. */
  readonly isConnected: boolean;
  /**
   * @throws ReplicationError ERG_6101 nobody serves the subject, ERG_6102 no answer in time or no connection, ERG_6103
   *   unreadable answer, ERG_6104 too large, ERG_6105 not allowed, ERG_9001 the bus was closed meanwhile
   */
  request(subject: string, message: OutgoingMessage, timeoutMs: number): Promise<Reply>;
  /** A hint: never throws, is not sent while disconnected, and may be lost. */
  publish(subject: string, message: OutgoingMessage): void;
  /**
   * Answers requests. A handler that throws is answered FAILED, or POISON with ERG_6103; an unreadable request is answered
   * POISON, and BUSY when too many are being worked on. None of them ends the serving.
   */
  serve(subject: string, handle: (message: Envelope) => Promise<Answer>): Disposable;
  /** Hears hints. Unreadable ones are counted and dropped; a handler that throws is logged. */
  listen(subject: string, hear: (message: Envelope, subject: string) => void): Disposable;
  /** Answers with plain JSON, whatever was asked: for people and their tools. */
  serveJson(subject: string, answer: () => unknown): Disposable;
  /** @throws ReplicationError as request(); ERG_6103 also when the other side could not make its answer */
  requestJson(subject: string, timeoutMs: number): Promise<unknown>;
  /** Also answers the NATS services protocol ($SRV.PING, INFO, STATS), from the next connection on if there is none. */
  announce(service: ServiceDescription): Promise<void>;
  /** Called whenever the connection has come up, the first time included: everything before may have been missed. */
  onReconnect(react: () => void): Disposable;
  /** Idempotent; sends what is pending, for a short time. */
  close(): Promise<void>;
}
