import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadCounters } from './load-report.ts';
import type { OrderTransaction } from './order-transaction.ts';
import type { Pace } from './pace.ts';
import { type SourceServer, SourceSession } from './source-session.ts';
import { sqlMicros, type WallMicros } from './wall-micros.ts';
import type { Life } from './workload.ts';

const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

export interface OrderWriterOptions {
  readonly server: SourceServer;
  readonly lock: string;
  readonly life: Life;
  readonly pace: Pace;
  readonly counters: LoadCounters;
  readonly clock: WallMicros;
  /** Asked before every transaction: false ends the writer. */
  readonly goesOn: () => boolean;
}

/**
 * Sends one transaction after the other over one connection, in step with its pace. When an answer does not come, it
 * connects again for as long as it takes and reads the transaction's witness row: committed or not, it knows.
 */
export class OrderWriter {
  readonly #options: OrderWriterOptions;
  readonly #signal: AbortSignal;
  #session: SourceSession | undefined;

  constructor(options: OrderWriterOptions, session: SourceSession, signal: AbortSignal) {
    this.#options = options;
    this.#session = session;
    this.#signal = signal;
  }

  /** Resolves when the writer has been told to end and knows the outcome of its last transaction, or was aborted. */
  async run(): Promise<void> {
    try {
      await this.#writeAll();
    } catch (error) {
      if (!this.#signal.aborted) {
        throw error;
      }
    } finally {
      this.#session?.close();
    }
  }

  async #writeAll(): Promise<void> {
    const { pace, goesOn, life, clock } = this.#options;
    while (goesOn() && !this.#signal.aborted) {
      const waitMs = pace.waitMs(performance.now());
      if (waitMs > 0) {
        // A second at most, so that an end is noticed soon also at very low rates.
        await sleep(Math.min(waitMs, 1_000), undefined, { signal: this.#signal });
        continue;
      }
      const transaction = life.next(sqlMicros(clock.now()));
      pace.sent(transaction.changes);
      await this.#write(transaction);
    }
  }

  async #write(transaction: OrderTransaction): Promise<void> {
    const { counters } = this.#options;
    try {
      this.#session ??= await this.#reconnect();
      const changed = await this.#session.write(transaction.sql);
      counters.surprises += changed === transaction.changes ? 0 : 1;
      counters.committed(changed);
      transaction.settle();
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#loseSession(error);
      await this.#findOutcome(transaction);
    }
  }

  async #findOutcome(transaction: OrderTransaction): Promise<void> {
    const { counters } = this.#options;
    for (;;) {
      this.#session = await this.#reconnect();
      try {
        if (await isCommitted(this.#session, transaction)) {
          transaction.settle();
          counters.foundCommitted++;
          counters.committed(transaction.changes);
        } else {
          counters.foundMissing++;
        }
        return;
      } catch (error) {
        this.#loseSession(error);
      }
    }
  }

  async #reconnect(): Promise<SourceSession> {
    const { server, lock, counters } = this.#options;
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      await sleep(backoffMs, undefined, { signal: this.#signal });
      try {
        const session = await SourceSession.open(server, lock);
        counters.reconnects++;
        return session;
      } catch (error) {
        counters.lastError = messageOf(error);
      }
    }
  }

  #loseSession(error: unknown): void {
    this.#options.counters.lastError = messageOf(error);
    this.#session?.close();
    this.#session = undefined;
  }
}

async function isCommitted(session: SourceSession, { witness }: OrderTransaction): Promise<boolean> {
  const ver = await session.readOne(`SELECT ver FROM ${witness.table} WHERE ${witness.where}`);
  return witness.committedVer === undefined ? ver === undefined : Number(ver) >= witness.committedVer;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
