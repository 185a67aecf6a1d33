/** Pauses fetching while too much is held, and resumes it when a fifth of the limit is free again. */
export interface IntakeLimits {
  readonly maxBytes: number;
  /** Offsets between the watermark and the newest read. */
  readonly maxGap: number;
}

const RESUME_SHARE = 0.8;

export class IntakeGate {
  readonly #limits: IntakeLimits;
  readonly #stream: { pause(): void; resume(): void };
  #isPaused = false;
  #isClosed = false;

  constructor(limits: IntakeLimits, stream: { pause(): void; resume(): void }) {
    this.#limits = limits;
    this.#stream = stream;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Pauses for good: what is held is finished, and nothing more is taken. */
  close(): void {
    this.#isClosed = true;
    this.#stream.pause();
  }

  update(heldBytes: number, gap: number): void {
    const { maxBytes, maxGap } = this.#limits;
    if (this.#isClosed) {
      return;
    }
    if (!this.#isPaused && (heldBytes > maxBytes || gap > maxGap)) {
      this.#isPaused = true;
      this.#stream.pause();
    } else if (this.#isPaused && heldBytes <= maxBytes * RESUME_SHARE && gap <= maxGap * RESUME_SHARE) {
      this.#isPaused = false;
      this.#stream.resume();
    }
  }
}
