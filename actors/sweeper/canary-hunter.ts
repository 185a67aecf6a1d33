/** Lets whoever has to find a canary look for it, and says what is known of the look. */
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RereadAnswer } from '../../protocol/message/canary-message.ts';
import type { Canary } from '../state/canary-store.ts';
import { CanaryLook } from './canary-look.ts';
import type { CanaryParts } from './canary-parts.ts';
import type { RowOwner } from './row-owner.ts';
import type { SweeperDeps } from './sweeper-deps.ts';

export interface Hunt {
  /** By its own word: it has told recovery. */
  readonly hasReported: boolean;
  /** More is not to be expected. */
  readonly isOver: boolean;
  /** Why nothing can be said of the finder if the canary is not found. */
  readonly excuse?: string | undefined;
  /** What the look waits for; when it is over, how it ended. */
  readonly waits?: string | undefined;
}

export const FOUND: Hunt = { hasReported: true, isOver: true };

export interface HuntTimes {
  /** Wall ms, by the clock of the state database. */
  readonly nowMs: number;
  readonly leftMs: number;
}

/** A verifier that has heard of the damage so much later than it was done may have begun late; at most a quarter of the time. */
const LATE_MS = 10_000;

export class CanaryHunter {
  readonly #deps: SweeperDeps;
  readonly #parts: CanaryParts;
  readonly #readOwner: () => Promise<RowOwner>;
  #look: CanaryLook | undefined;
  /** Of the canary with this time: something was away for a part of its time. */
  #excused: { readonly plannedMs: number; readonly excuse: string } | undefined;

  constructor(deps: SweeperDeps, parts: CanaryParts, readOwner: () => Promise<RowOwner>) {
    this.#deps = deps;
    this.#parts = parts;
    this.#readOwner = readOwner;
  }

  /** The sweep looks until its end or that of the time, a verifier is asked how far it is. */
  async hunt(planted: Canary, times: HuntTimes): Promise<Hunt> {
    this.#noteBreaker(planted);
    const hunt = planted.by === 'sweeper' ? await this.#sweep(planted, times) : await this.#ask(planted, times);
    this.#noteBreaker(planted);
    const excused = this.#excused?.plannedMs === planted.plannedMs ? this.#excused.excuse : undefined;
    return { ...hunt, excuse: hunt.excuse ?? excused };
  }

  /** Idempotent. */
  end(): void {
    this.#look?.end();
  }

  async #sweep({ row }: Canary, { leftMs }: HuntTimes): Promise<Hunt> {
    const look = new CanaryLook({ deps: this.#deps, owner: await this.#readOwner(), row, limitMs: leftMs });
    this.#look = look;
    await look.run();
    return { hasReported: look.hasReported, isOver: false, waits: look.trouble };
  }

  async #ask(planted: Canary, times: HuntTimes): Promise<Hunt> {
    const { row, version, plannedMs, plantedMs, partition } = planted;
    if (version === null) {
      return { hasReported: false, isOver: true, excuse: 'no version at the target tells which record wrote the row' };
    }
    try {
      const request = { row, version, plantedMs: plantedMs ?? plannedMs };
      const hunt = this.#take(await this.#parts.desk.reread(partition, request), planted, times);
      this.#note(planted, hunt.isOver ? undefined : hunt.excuse);
      return hunt;
    } catch (thrown) {
      const excuse = `its verifier is not at work: ${asReplicationError(thrown).message}`;
      this.#note(planted, excuse);
      return { hasReported: false, isOver: false, excuse };
    }
  }

  #take({ state, message, ageMs }: RereadAnswer, planted: Canary, { nowMs }: HuntTimes): Hunt {
    const { plannedMs, plantedMs } = planted;
    const told = `${state} ${message}`.trimEnd();
    switch (state) {
      case 'reported':
        return { hasReported: true, isOver: false };
      case 'equal':
        return { hasReported: false, isOver: true, waits: 'it takes the row for right' };
      case 'superseded':
      case 'foreign':
        return { hasReported: false, isOver: true, excuse: told };
      case 'unread':
        return { hasReported: false, isOver: false, excuse: told };
      case 'waiting':
      case 'reading': {
        const lateMs = nowMs - (plantedMs ?? plannedMs) - ageMs;
        const isLate = lateMs > Math.min(LATE_MS, this.#parts.withinMs / 4);
        return {
          hasReported: false,
          isOver: false,
          waits: told,
          excuse: isLate ? `began late: ${told}` : undefined,
        };
      }
    }
  }

  #noteBreaker(planted: Canary): void {
    this.#note(planted, this.#parts.gateOf?.(planted.row.shard).refusal?.message);
  }

  #note({ plannedMs }: Canary, excuse: string | undefined): void {
    if (excuse !== undefined) {
      this.#excused = { plannedMs, excuse };
    }
  }
}
