/** Deletes what is over for longer than the settings keep it, a little at a time. Works while its supervisor leads. */
import type { HistoryPruner } from '../../actors/state/history-pruner.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';

export interface HistoryKeeperParts {
  readonly pruner: HistoryPruner;
  readonly keepMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A transaction of a fraction of a second, with some ten steps of each case. */
const BATCH = 500;
/** While more is left, so that nobody feels it. */
const NEXT_MS = 1_000;
const LOOK_EVERY_MS = 600_000;

export class HistoryKeeper {
  readonly #parts: HistoryKeeperParts;
  #cancel: (() => void) | undefined;
  /** What was begun before a stop goes on no more. */
  #generation = 0;

  constructor(parts: HistoryKeeperParts) {
    this.#parts = parts;
  }

  /** Idempotent. */
  start(): void {
    if (this.#cancel === undefined) {
      this.#generation += 1;
      this.#lookIn(LOOK_EVERY_MS, this.#generation);
    }
  }

  /** Idempotent. */
  stop(): void {
    this.#generation += 1;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #lookIn(delayMs: number, generation: number): void {
    this.#cancel = this.#parts.clock.after(delayMs, () => void this.#look(generation));
  }

  async #look(generation: number): Promise<void> {
    const isFull = await this.#prune();
    if (generation === this.#generation) {
      this.#lookIn(isFull ? NEXT_MS : LOOK_EVERY_MS, generation);
    }
  }

  /** @returns whether more may be left */
  async #prune(): Promise<boolean> {
    const { pruner, keepMs, log } = this.#parts;
    try {
      const { cases, runs } = await pruner.prune(keepMs, BATCH);
      if (cases + runs > 0) {
        log.event('supervisor.history.pruned', { cases, runs });
      }
      return Math.max(cases, runs) >= BATCH;
    } catch (error) {
      log.event('supervisor.history.unpruned', { reason: asReplicationError(error).message });
      return false;
    }
  }
}
