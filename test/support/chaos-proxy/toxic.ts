/**
 * What a proxy can do to a link. Nothing is ever dropped out of the middle of a stream: TCP would send it again. What does not
 * pass waits, in its order, and passes when the toxic is removed; or the whole link is reset.
 */
export type Direction = 'to-server' | 'to-client';

/** To the bytes of one direction. */
export type StreamToxic =
  /** Each chunk comes `ms` to `ms + jitterMs` later; the order stays. */
  | { readonly kind: 'latency'; readonly ms: number; readonly jitterMs?: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** Chunks of so many bytes, with a pause between them. */
  | { readonly kind: 'slicer'; readonly bytes: number; readonly gapMs?: number }
  /** Nothing passes. */
  | { readonly kind: 'blackhole' }
  /** The link is reset behind so many bytes, wherever that is. */
  | { readonly kind: 'limit'; readonly bytes: number }
  /** The end of the stream comes so much later; the bytes do not. */
  | { readonly kind: 'slowClose'; readonly ms: number };

/** To whole links. */
export type LinkToxic =
  /** Nobody listens; open links go on. */
  | { readonly kind: 'refuse' }
  /** New links are accepted by the system and then nothing happens; open links go on. */
  | { readonly kind: 'pauseAccept' }
  /** Reset at once, new ones too. */
  | { readonly kind: 'reset'; readonly keepServer?: boolean };

/** To requests of MySQL whose text matches; of a proxy that reads MySQL. */
export type RequestToxic =
  /** The request passes and the server answers it in full; then the client is reset without having seen the answer. */
  | { readonly kind: 'dropReplyAfter'; readonly match: RegExp; readonly keepServer?: boolean }
  /** The link is reset instead of the request being passed on. */
  | { readonly kind: 'dropRequest'; readonly match: RegExp }
  /** The request is delivered `ms` later, or when the toxic is removed; also when its client has gone meanwhile. */
  | { readonly kind: 'holdRequest'; readonly match: RegExp; readonly ms?: number };

export type Toxic = (StreamToxic & { readonly on: Direction }) | LinkToxic | RequestToxic;

export interface ToxicScope {
  /** open: links that are open now. all: new ones too; the default. */
  readonly links?: 'open' | 'all';
  /** That a link is hit; default 1. Drawn once per link. */
  readonly probability?: number;
  /** Requests that are hit, of all links together; default: all that match. */
  readonly times?: number;
}

/** A toxic at work. */
export class ActiveToxic {
  readonly toxic: Toxic;
  readonly scope: ToxicScope;
  readonly #onRemoved: () => void;
  readonly #waiting = new Set<() => void>();
  #hits = 0;

  constructor(toxic: Toxic, scope: ToxicScope, onRemoved: () => void) {
    this.toxic = toxic;
    this.scope = scope;
    this.#onRemoved = onRemoved;
  }

  /** Requests or links that it was applied to. */
  get hits(): number {
    return this.#hits;
  }

  get isUsedUp(): boolean {
    return this.#hits >= (this.scope.times ?? Number.POSITIVE_INFINITY);
  }

  hit(): void {
    this.#hits += 1;
    for (const wake of this.#waiting) {
      wake();
    }
  }

  /** Resolves when it was applied so often. */
  async untilHit(times = 1): Promise<void> {
    while (this.#hits < times) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
      this.#waiting.clear();
    }
  }

  /** What it holds passes. Idempotent. */
  remove(): void {
    this.#onRemoved();
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}
