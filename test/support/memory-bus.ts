/** A message bus without a server, for tests without I/O. It passes the same contract as the one on NATS. */
import { BusComplaints } from '../../actors/runtime/bus-complaints.ts';
import { type AnswerFunc, answerJson, answerRequests, hearHints } from '../../actors/runtime/bus-endpoint.ts';
import type { Answer, MessageBus, OutgoingMessage, ServiceDescription } from '../../actors/runtime/message-bus.ts';
import { readJsonAnswer } from '../../actors/runtime/read-json-answer.ts';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Envelope, Reply } from '../../protocol/message/envelope.ts';
import { decodeReply, encodeEnvelope } from '../../protocol/message/message-codec.ts';

type Take = (bytes: Uint8Array, subject: string, respond: (bytes: Uint8Array) => void) => void;

/** What the buses of one test share: where messages go, and whether there is a connection at all. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #subscriptions = new Set<{ readonly pattern: RegExp; readonly take: Take }>();
  readonly buses = new Set<MemoryBus>();
  isUp = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(name: string, logger: Logger): MemoryBus {
    const bus = new MemoryBus({ network: this, clock: this.#clock, name, logger });
    this.buses.add(bus);
    return bus;
  }

  goDown(): void {
    this.isUp = false;
  }

  comeUp(): void {
    this.isUp = true;
    for (const bus of this.buses) {
      bus.react();
    }
  }

  subscribe(subject: string, take: Take): Disposable {
    const source = subject.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replace(/>$/, '.+');
    const subscription = { pattern: new RegExp(`^${source}$`), take };
    this.#subscriptions.add(subscription);
    return { [Symbol.dispose]: () => this.#subscriptions.delete(subscription) };
  }

  /** @returns how many take it; they do so later, as with a real network */
  send(subject: string, bytes: Uint8Array, respond: (bytes: Uint8Array) => void): number {
    const takers = [...this.#subscriptions].filter(({ pattern }) => pattern.test(subject));
    for (const subscription of takers) {
      queueMicrotask(() => {
        if (this.#subscriptions.has(subscription) && this.isUp) {
          subscription.take(bytes, subject, respond);
        }
      });
    }
    return takers.length;
  }

  ask(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (!this.isUp) {
        reject(new ReplicationError('ERG_6102', `ask ${subject}: there is no connection`));
        return;
      }
      const cancel = this.#clock.after(timeoutMs, () =>
        reject(new ReplicationError('ERG_6102', `ask ${subject}: no answer within ${timeoutMs} ms`)),
      );
      const takers = this.send(subject, bytes, (answer) => {
        cancel();
        resolve(answer);
      });
      if (takers === 0) {
        cancel();
        reject(new ReplicationError('ERG_6101', `ask ${subject}: nobody serves it`));
      }
    });
  }
}

interface MemoryBusOptions {
  readonly network: MemoryNetwork;
  readonly clock: Clock;
  readonly name: string;
  readonly logger: Logger;
}

export class MemoryBus implements MessageBus {
  readonly #options: MemoryBusOptions;
  readonly #complaints: BusComplaints;
  readonly #subscriptions = new Set<Disposable>();
  readonly #onReconnect = new Set<() => void>();
  readonly #answering = new Set<Promise<void>>();
  readonly #rejectAll = new Set<(error: Error) => void>();
  #isClosed = false;

  constructor(options: MemoryBusOptions) {
    this.#options = options;
    this.#complaints = new BusComplaints(options.clock, options.logger);
  }

  get isConnected(): boolean {
    return this.#options.network.isUp && !this.#isClosed;
  }

  async request(subject: string, message: OutgoingMessage, timeoutMs: number): Promise<Reply> {
    return decodeReply(await this.#ask(subject, this.#encode(message), timeoutMs));
  }

  async requestJson(subject: string, timeoutMs: number): Promise<unknown> {
    return readJsonAnswer(await this.#ask(subject, new Uint8Array(), timeoutMs));
  }

  publish(subject: string, message: OutgoingMessage): void {
    if (!this.isConnected) {
      return;
    }
    try {
      this.#options.network.send(subject, this.#encode(message), () => {});
    } catch (error) {
      this.#complaints.tell('bus.message.unsent', subject, { reason: String(error) });
    }
  }

  serve(subject: string, handle: (message: Envelope) => Promise<Answer>): Disposable {
    return this.#answer(subject, answerRequests(subject, handle, this.#complaints));
  }

  serveJson(subject: string, answer: () => unknown): Disposable {
    return this.#answer(subject, answerJson(subject, answer, this.#complaints));
  }

  listen(subject: string, hear: (message: Envelope, subject: string) => void): Disposable {
    return this.#subscribe(subject, hearHints(hear, this.#complaints));
  }

  async announce(_service: ServiceDescription): Promise<void> {}

  onReconnect(react: () => void): Disposable {
    this.#onReconnect.add(react);
    return { [Symbol.dispose]: () => this.#onReconnect.delete(react) };
  }

  react(): void {
    for (const react of this.#onReconnect) {
      react();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) {
      subscription[Symbol.dispose]();
    }
    await Promise.all(this.#answering);
    for (const reject of this.#rejectAll) {
      reject(closed());
    }
    this.#options.network.buses.delete(this);
  }

  #ask(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    if (this.#isClosed) {
      return Promise.reject(closed());
    }
    const { promise, reject } = Promise.withResolvers<never>();
    this.#rejectAll.add(reject);
    return Promise.race([promise, this.#options.network.ask(subject, bytes, timeoutMs)]).finally(() =>
      this.#rejectAll.delete(reject),
    );
  }

  #encode({ type, id, epoch, correlation = '', body }: OutgoingMessage): Uint8Array {
    return encodeEnvelope({ v: 1, type, id, sender: this.#options.name, epoch, correlation, body });
  }

  #answer(subject: string, answer: AnswerFunc): Disposable {
    return this.#subscribe(subject, (bytes, _subject, respond) => {
      const work = answer(bytes).then(respond);
      this.#answering.add(work);
      work.finally(() => this.#answering.delete(work)).catch(() => {});
    });
  }

  #subscribe(subject: string, take: Take): Disposable {
    const subscription = this.#options.network.subscribe(subject, take);
    this.#subscriptions.add(subscription);
    return subscription;
  }
}

function closed(): ReplicationError {
  return new ReplicationError('ERG_9001', 'the message bus is closed');
}
