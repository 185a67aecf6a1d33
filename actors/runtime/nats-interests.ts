import type { BusComplaints } from './bus-complaints.ts';
import { asBusError } from './nats-errors.ts';

/** A message of the client as far as we read it. */
export interface IncomingMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  respond(data: Uint8Array): boolean;
}

/** A connection of the client as far as it is used here. */
export interface Subscribable {
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: IncomingMessage) => void },
  ): LiveSubscription;
}

interface LiveSubscription {
  unsubscribe(): void;
  isClosed(): boolean;
  drain(): Promise<void>;
}

interface Interest {
  readonly subject: string;
  readonly take: (message: IncomingMessage) => void;
  live: LiveSubscription | undefined;
}

/** What a process serves and hears, whichever connection carries it: subscriptions end with theirs, or when refused. */
export class NatsInterests {
  readonly #complaints: BusComplaints;
  readonly #interests = new Set<Interest>();

  constructor(complaints: BusComplaints) {
    this.#complaints = complaints;
  }

  /** @param connection the present one, if any */
  add(connection: Subscribable | undefined, subject: string, take: Interest['take']): Disposable {
    const interest: Interest = { subject, take, live: undefined };
    this.#interests.add(interest);
    if (connection !== undefined) {
      this.#makeLive(connection, interest);
    }
    return {
      [Symbol.dispose]: () => {
        this.#interests.delete(interest);
        interest.live?.unsubscribe();
      },
    };
  }

  /** Subscribes what is not subscribed. The client itself carries the others over from one server to the next. */
  makeAllLive(connection: Subscribable): void {
    for (const interest of this.#interests) {
      if (interest.live === undefined || interest.live.isClosed()) {
        this.#makeLive(connection, interest);
      }
    }
  }

  /** Resolves when nothing more comes in. */
  async drain(): Promise<void> {
    await Promise.all([...this.#interests].map(({ live }) => (live?.isClosed() === false ? live.drain() : undefined)));
  }

  #makeLive(connection: Subscribable, interest: Interest): void {
    const { subject, take } = interest;
    interest.live = connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) {
          take(message);
        } else {
          this.#complaints.tell('bus.refused', subject, { reason: asBusError(error, `subscribe ${subject}`).message });
        }
      },
    });
  }
}
