import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { reconnectDelayMs } from '../../actors/stream/reconnect-delay.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import { PlaceEpochs } from './place-epochs.ts';
import type { Leading } from './reconciler.ts';

export interface LeadershipParts {
  readonly state: Pick<StateDatabase, 'ensureSchema' | 'nextLeaderEpoch'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Within [0, 1). */
  readonly random: () => number;
}

/**
 * The right to give commands: a leader epoch from the state database, higher than all before it. It is lost for good
 * as soon as anybody has seen a higher one. One supervisor is meant to run; a lease that elects one of several comes
 * in front of this, the epoch in every command stays.
 */
export class Leadership {
  readonly #parts: LeadershipParts;
  #leading: Leading | undefined;
  #epoch = 0;
  #problem: ReplicationError | undefined;
  #isStale = false;
  #isTaking = false;
  #cancel: () => void = () => {};
  #isStopped = false;

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  /** The newest epoch we had; 0 before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Undefined while we may not act. */
  get leading(): Leading | undefined {
    return this.#leading?.places.isSpent === true ? undefined : this.#leading;
  }

  /** Why we do not act, or what is wrong. */
  get problem(): ReplicationError | undefined {
    return this.#problem;
  }

  /** Takes an epoch when there is none that can be used; tries until it has one. Idempotent. */
  seek(): void {
    if (this.leading === undefined && !this.#isTaking && !this.#isStopped && !this.#isStale) {
      this.#isTaking = true;
      void this.#take(0);
    }
  }

  /** Idempotent. We act no more. */
  stop(): void {
    this.#isStopped = true;
    this.#leading = undefined;
    this.#cancel();
  }

  /** Somebody has seen this leader epoch. */
  observe(epoch: number, seenBy: string): void {
    if (this.#isStale || this.#epoch === 0 || epoch <= this.#epoch) {
      return;
    }
    this.#isStale = true;
    this.#leading = undefined;
    this.#problem = new ReplicationError(
      'ERG_6001',
      `this supervisor has the leader epoch ${this.#epoch}, ${seenBy} has seen ${epoch}; it acts no more`,
    );
    this.#parts.log.event('supervisor.stale', { epoch: this.#epoch, seen: epoch, seenBy });
  }

  async #take(failures: number): Promise<void> {
    const { state, clock, log, random } = this.#parts;
    try {
      await state.ensureSchema();
      const epoch = await state.nextLeaderEpoch();
      if (this.#isStopped) {
        return;
      }
      this.#epoch = epoch;
      this.#leading = { epoch, places: new PlaceEpochs(epoch) };
      this.#problem = undefined;
      this.#isTaking = false;
      log.event('supervisor.acting', { epoch });
    } catch (error) {
      if (this.#isStopped) {
        return;
      }
      const coded = asReplicationError(error);
      if (this.#problem?.message !== coded.message) {
        log.event('supervisor.waiting', { reason: coded.message });
      }
      this.#problem = coded;
      this.#cancel = clock.after(reconnectDelayMs(failures, random()), () => void this.#take(failures + 1));
    }
  }
}
