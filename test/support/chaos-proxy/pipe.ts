/** One direction of a link: chunks in their order, each held for as long as the toxics want. */
import type { Socket } from 'node:net';
import type { SeededRandom } from '../../../deploy/banana/seeded-random.ts';
import type { ActiveToxic, Direction, StreamToxic } from './toxic.ts';

interface Chunk {
  /** Undefined: the end of the stream. */
  readonly bytes: Buffer | undefined;
  dueMs: number;
}

export interface PipeOptions {
  readonly direction: Direction;
  readonly to: Socket;
  readonly random: SeededRandom;
  /** The limit of bytes is reached. */
  readonly onLimit: () => void;
}

/**
 * Not bounded: clients of the protocols that we pass wait for answers, so no more than one request or answer is under way.
 */
export class Pipe {
  readonly #options: PipeOptions;
  readonly #toxics = new Set<ActiveToxic>();
  readonly #passed = new Map<ActiveToxic, number>();
  #chunks: Chunk[] = [];
  #wake: (() => void) | undefined;
  #isPumping = false;
  #isStopped = false;

  constructor(options: PipeOptions) {
    this.#options = options;
  }

  addToxic(toxic: ActiveToxic): void {
    if ('on' in toxic.toxic && toxic.toxic.on === this.#options.direction) {
      this.#toxics.add(toxic);
      toxic.hit();
      this.#wake?.();
    }
  }

  removeToxic(toxic: ActiveToxic): void {
    this.#toxics.delete(toxic);
    this.#wake?.();
  }

  /** @returns lets it go at once; for a chunk that is held */
  push(bytes: Buffer, holdMs = 0): () => void {
    const chunk: Chunk = { bytes, dueMs: performance.now() + this.#latencyMs() + holdMs };
    this.#chunks.push(chunk);
    this.#pump();
    return () => {
      chunk.dueMs = 0;
      this.#wake?.();
    };
  }

  /** The other side hears of the end when everything before it has passed. */
  end(): void {
    const slowMs = this.#active('slowClose').reduce((sum, { ms }) => sum + ms, 0);
    this.#chunks.push({ bytes: undefined, dueMs: performance.now() + slowMs });
    this.#pump();
  }

  /** What waits is gone. */
  stop(): void {
    this.#isStopped = true;
    this.#chunks = [];
    this.#wake?.();
  }

  #pump(): void {
    if (!this.#isPumping) {
      this.#isPumping = true;
      void this.#run().finally(() => {
        this.#isPumping = false;
      });
    }
  }

  async #run(): Promise<void> {
    for (let chunk = this.#chunks[0]; chunk !== undefined && !this.#isStopped; chunk = this.#chunks[0]) {
      const waitMs = this.#active('blackhole').length > 0 ? Number.POSITIVE_INFINITY : chunk.dueMs - performance.now();
      if (waitMs > 0) {
        await this.#waitOrWake(waitMs);
      } else {
        this.#chunks.shift();
        await this.#deliver(chunk.bytes);
      }
    }
  }

  async #deliver(bytes: Buffer | undefined): Promise<void> {
    const { to } = this.#options;
    if (bytes === undefined) {
      to.end();
      return;
    }
    const [slicer] = this.#active('slicer');
    const sliceBytes = slicer?.bytes ?? bytes.length;
    for (let at = 0; at < bytes.length && !this.#isStopped; at += sliceBytes) {
      const slice = bytes.subarray(at, at + sliceBytes);
      if (!this.#writeWithin(slice)) {
        return;
      }
      const [bandwidth] = this.#active('bandwidth');
      const pauseMs =
        (slicer?.gapMs ?? 0) + (bandwidth === undefined ? 0 : (slice.length * 1_000) / bandwidth.bytesPerSecond);
      if (pauseMs > 0) {
        await this.#pauseFor(pauseMs);
      }
    }
  }

  /** @returns false when the limit of the link was reached */
  #writeWithin(slice: Buffer): boolean {
    for (const active of this.#toxics) {
      if (active.toxic.kind === 'limit') {
        const passed = this.#passed.get(active) ?? 0;
        this.#passed.set(active, passed + slice.length);
        if (passed + slice.length >= active.toxic.bytes) {
          this.#options.to.write(slice.subarray(0, active.toxic.bytes - passed), () => this.#options.onLimit());
          return false;
        }
      }
    }
    this.#options.to.write(slice);
    return true;
  }

  #latencyMs(): number {
    return this.#active('latency').reduce(
      (sum, { ms, jitterMs = 0 }) => sum + ms + this.#options.random.next() * jitterMs,
      0,
    );
  }

  #active<Kind extends StreamToxic['kind']>(kind: Kind): Extract<StreamToxic, { readonly kind: Kind }>[] {
    if (this.#toxics.size === 0) {
      return [];
    }
    const toxics: readonly { readonly kind: string }[] = [...this.#toxics].map(({ toxic }) => toxic);
    return toxics.filter((toxic) => toxic.kind === kind) as Extract<StreamToxic, { readonly kind: Kind }>[]; // of the kind by the filter
  }

  #pauseFor(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  async #waitOrWake(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
