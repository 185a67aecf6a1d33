/**
 * The message bus on NATS.
 *
 * The client reconnects by itself; where it gives up for good (it does after two refused log-ins) or never had a
 * connection, a new one is made. What is served and heard is kept here and made again on every connection.
 *
 * Traps of the client that this file stands for: what is published while disconnected vanishes without an error, so
 * nothing is; its wait for the first connection cannot be ended, so we wait ourselves; draining waits for ever when the
 * server is away, so closing has a deadline; the default ping takes four minutes to notice a frozen server.
 */
import { connect, type NatsConnection, type Status } from 'nats';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Envelope, Reply } from '../../protocol/message/envelope.ts';
import { decodeReply, encodeEnvelope } from '../../protocol/message/message-codec.ts';
import { reconnectDelayMs } from '../stream/reconnect-delay.ts';
import { withDeadline } from '../stream/with-deadline.ts';
import { BusComplaints } from './bus-complaints.ts';
import { type AnswerFunc, answerJson, answerRequests, hearHints } from './bus-endpoint.ts';
import type { Answer, MessageBus, OutgoingMessage, ServiceDescription } from './message-bus.ts';
import { asBusError } from './nats-errors.ts';
import { type IncomingMessage, NatsInterests } from './nats-interests.ts';
import { Pause } from './pause.ts';
import { readJsonAnswer } from './read-json-answer.ts';

export interface NatsBusOptions {
  readonly servers: readonly string[];
  /** "<process>/<boot>": the sender of every message, and how the server lists the connection. */
  readonly name: string;
  /** Part of the inbox that answers come to, so that rights can be given by it. */
  readonly environment?: string;
  readonly clock?: Clock;
  readonly logger: Logger;
  /** For connecting, and for what is pending at the close, ms. */
  readonly requestTimeoutMs: number;
  readonly pingEveryMs?: number;
}

/** A frozen server is noticed when the third ping is due and two have no answer: after 15 s at most. */
const PING_EVERY_MS = 5_000;
const MAX_PINGS_OUT = 2;
const RECONNECT_AFTER_MS = 250;

/** Resolves at once; connects in the background, for ever. */
export async function openNatsBus(options: NatsBusOptions): Promise<MessageBus> {
  return new NatsMessageBus(options);
}

class NatsMessageBus implements MessageBus {
  readonly #options: NatsBusOptions;
  readonly #clock: Clock;
  readonly #complaints: BusComplaints;
  readonly #interests: NatsInterests;
  readonly #services = new Set<ServiceDescription>();
  readonly #onReconnect = new Set<() => void>();
  readonly #answering = new Set<Promise<void>>();
  readonly #pause: Pause;
  readonly #connecting: Promise<void>;
  #connection: NatsConnection | undefined;
  #isConnected = false;
  #closing: Promise<void> | undefined;

  constructor(options: NatsBusOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#pause = new Pause(this.#clock);
    this.#complaints = new BusComplaints(this.#clock, options.logger);
    this.#interests = new NatsInterests(this.#complaints);
    this.#connecting = this.#stayConnected();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  async request(subject: string, message: OutgoingMessage, timeoutMs: number): Promise<Reply> {
    return decodeReply((await this.#ask(subject, this.#encode(message), timeoutMs)).data);
  }

  async requestJson(subject: string, timeoutMs: number): Promise<unknown> {
    return readJsonAnswer((await this.#ask(subject, new Uint8Array(), timeoutMs)).data);
  }

  publish(subject: string, message: OutgoingMessage): void {
    if (!this.#isConnected) {
      return;
    }
    try {
      this.#connection?.publish(subject, this.#encode(message));
    } catch (error) {
      this.#complaints.tell('bus.message.unsent', subject, { reason: asBusError(error, 'publish').message });
    }
  }

  serve(subject: string, handle: (message: Envelope) => Promise<Answer>): Disposable {
    return this.#answer(subject, answerRequests(subject, handle, this.#complaints));
  }

  serveJson(subject: string, answer: () => unknown): Disposable {
    return this.#answer(subject, answerJson(subject, answer, this.#complaints));
  }

  listen(subject: string, hear: (message: Envelope, subject: string) => void): Disposable {
    const take = hearHints(hear, this.#complaints);
    return this.#subscribe(subject, (message) => take(message.data, message.subject));
  }

  async announce(service: ServiceDescription): Promise<void> {
    this.#services.add(service);
    if (this.#connection !== undefined) {
      await this.#addService(this.#connection, service);
    }
  }

  onReconnect(react: () => void): Disposable {
    this.#onReconnect.add(react);
    return { [Symbol.dispose]: () => this.#onReconnect.delete(react) };
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #ask(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<IncomingMessage> {
    if (this.#closing !== undefined) {
      throw new ReplicationError('ERG_9001', 'the message bus is closed');
    }
    if (!this.#isConnected || this.#connection === undefined) {
      throw new ReplicationError('ERG_6102', `ask ${subject}: there is no connection to NATS`);
    }
    try {
      return await this.#connection.request(subject, bytes, { timeout: timeoutMs });
    } catch (error) {
      throw this.#closing === undefined
        ? asBusError(error, `ask ${subject}`)
        : new ReplicationError('ERG_9001', 'the message bus was closed', { cause: error });
    }
  }

  #encode({ type, id, epoch, correlation = '', body }: OutgoingMessage): Uint8Array {
    return encodeEnvelope({ v: 1, type, id, sender: this.#options.name, epoch, correlation, body });
  }

  #answer(subject: string, answer: AnswerFunc): Disposable {
    return this.#subscribe(subject, (message) => {
      const work = answer(message.data).then((bytes) => this.#respond(message, bytes));
      this.#answering.add(work);
      work.finally(() => this.#answering.delete(work)).catch(() => {}); // nothing in it rejects
    });
  }

  #respond(message: IncomingMessage, bytes: Uint8Array): void {
    try {
      message.respond(bytes);
    } catch (error) {
      this.#complaints.tell('bus.message.unsent', message.subject, { reason: asBusError(error, 'answer').message });
    }
  }

  #subscribe(subject: string, take: (message: IncomingMessage) => void): Disposable {
    const isUsable = this.#closing === undefined && this.#connection?.isClosed() === false;
    return this.#interests.add(isUsable ? this.#connection : undefined, subject, take);
  }

  async #addService(connection: NatsConnection, service: ServiceDescription): Promise<void> {
    const { name, version, description, metadata } = service;
    await connection.services.add({ name, version, description, metadata: { ...metadata } });
  }

  async #stayConnected(): Promise<void> {
    for (let failures = 0; this.#closing === undefined; failures++) {
      try {
        const connection = await connect(this.#connectOptions());
        failures = 0;
        await this.#use(connection);
      } catch (error) {
        const { message } = asBusError(error, `connect to ${this.#options.servers.join(', ')}`);
        this.#options.logger.event('bus.unreachable', { reason: message });
      }
      this.#connection = undefined;
      await this.#pause.wait(reconnectDelayMs(failures, Math.random()));
    }
  }

  #connectOptions(): Parameters<typeof connect>[0] {
    const { servers, name, environment = '', requestTimeoutMs, pingEveryMs = PING_EVERY_MS } = this.#options;
    return {
      servers: [...servers],
      name,
      inboxPrefix: `_INBOX_${environment}_${name}`.replaceAll(/[^A-Za-z0-9_-]/g, '_'),
      timeout: requestTimeoutMs,
      pingInterval: pingEveryMs,
      maxPingOut: MAX_PINGS_OUT,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_AFTER_MS,
      reconnectJitter: RECONNECT_AFTER_MS,
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true, // a stack trace for every request costs more than the request
    };
  }

  /** Resolves when the connection is over for good. */
  async #use(connection: NatsConnection): Promise<void> {
    if (this.#closing !== undefined) {
      await connection.close();
      return;
    }
    this.#connection = connection;
    this.#followStatus(connection).catch((error: unknown) => this.#complaints.tellFailure(error, 'status', 0));
    for (const service of this.#services) {
      this.#addService(connection, service).catch((error: unknown) => this.#complaints.tellFailure(error, '$SRV', 0));
    }
    this.#cameUp(connection);
    const error = await connection.closed();
    this.#isConnected = false;
    if (error instanceof Error) {
      throw error;
    }
  }

  async #followStatus(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      this.#takeStatus(connection, status);
    }
  }

  #takeStatus(connection: NatsConnection, { type, data, permissionContext }: Status): void {
    switch (type) {
      case 'disconnect':
        this.#isConnected = false;
        this.#options.logger.event('bus.lost', { server: connection.getServer() });
        return;
      case 'reconnect':
        this.#cameUp(connection);
        return;
      case 'error':
        this.#complaints.tell('bus.refused', permissionContext?.subject ?? '', {
          reason: asBusError({ code: data, message: data }, permissionContext?.operation ?? 'the server says').message,
        });
        return;
      default:
        return;
    }
  }

  #cameUp(connection: NatsConnection): void {
    if (this.#closing !== undefined) {
      return;
    }
    this.#isConnected = true;
    this.#options.logger.event('bus.connected', { server: connection.getServer() });
    this.#interests.makeAllLive(connection);
    for (const react of this.#onReconnect) {
      try {
        react();
      } catch (error) {
        this.#complaints.tellFailure(error, 'reconnect', 0);
      }
    }
  }

  async #end(): Promise<void> {
    const { requestTimeoutMs } = this.#options;
    const late = () => new ReplicationError('ERG_6102', 'what was pending at the close did not get through');
    this.#pause.end();
    const connection = this.#connection;
    try {
      if (connection !== undefined && this.#isConnected) {
        await withDeadline(this.#clock, requestTimeoutMs, this.#settle(connection), late);
      }
    } catch (error) {
      const { message } = asBusError(error, 'close');
      this.#options.logger.event('bus.message.unsent', { reason: message });
    }
    this.#isConnected = false;
    await connection?.close();
    await this.#connecting;
  }

  /** Takes nothing new, answers what is being worked on, sends what is pending. */
  async #settle(connection: NatsConnection): Promise<void> {
    await this.#interests.drain();
    await Promise.all(this.#answering);
    await connection.flush();
  }
}
