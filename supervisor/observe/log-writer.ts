/**
 * Log lines to a file descriptor, without ever making the data path wait for whoever reads them: Node writes to a pipe
 * of its own standard streams synchronously, so a log collector that stands still would stop replication. Here the
 * lines wait in memory, at most `maxBytes` of them; what comes above that is dropped, counted, and the count is a line.
 */
import { write } from 'node:fs';

export interface LogWriterOptions {
  /** 2 is standard error. */
  readonly fd: number;
  readonly maxBytes?: number;
  /** Makes the line that says how many lines are missing before it. */
  readonly describeDropped: (lines: number) => string;
}

const MAX_WAITING_BYTES = 1024 * 1024;
/** Another process may have made the pipe non-blocking; then a full one is an error. */
const TRY_AGAIN_MS = 10;

export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #maxBytes: number;
  readonly #whenIdle = new Set<() => void>();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #isWriting = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? MAX_WAITING_BYTES;
  }

  /** @param line without its newline */
  write(line: string): void {
    if (this.#waitingBytes + line.length > this.#maxBytes) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (!this.#isWriting) {
      this.#isWriting = true;
      setImmediate(() => this.#writeWaiting()); // all lines of one turn go out together
    }
  }

  /** Resolves when everything is written, or after `deadlineMs`: a reader may be gone. */
  async flush(deadlineMs: number): Promise<void> {
    if (!this.#isWriting) {
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.add(resolve);
    const timer = setTimeout(resolve, deadlineMs);
    await promise;
    clearTimeout(timer);
    this.#whenIdle.delete(resolve);
  }

  #writeWaiting(): void {
    const lines = this.#waiting;
    if (this.#dropped > 0) {
      lines.push(this.#options.describeDropped(this.#dropped));
      this.#dropped = 0;
    }
    if (lines.length === 0) {
      this.#isWriting = false;
      for (const resolve of this.#whenIdle) {
        resolve();
      }
      return;
    }
    this.#waiting = [];
    const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    this.#writeAll(bytes, 0);
  }

  #writeAll(bytes: Buffer, from: number): void {
    write(this.#options.fd, bytes, from, bytes.length - from, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.#writeAll(bytes, from), TRY_AGAIN_MS);
        return;
      }
      if (error === null && from + written < bytes.length) {
        this.#writeAll(bytes, from + written);
        return;
      }
      // An error means that nobody can read the log any more; there is nowhere left to say so.
      this.#waitingBytes = this.#waiting.reduce((sum, line) => sum + line.length, 0);
      this.#writeWaiting();
    });
  }
}
