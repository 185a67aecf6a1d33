/** Canaries in front of a sweep rig: a sink that damages and repairs rows of its shards, and cases that are what was reported. */
import type { Actor } from '../../actors/runtime/actor.ts';
import type { Case } from '../../actors/state/case.ts';
import type { CanaryDesk } from '../../actors/sweeper/canary-parts.ts';
import type { SweeperDeps } from '../../actors/sweeper/sweeper-deps.ts';
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CanaryAnswer } from '../../protocol/message/canary-message.ts';
import type { CanaryDetail, SweeperDetail } from '../../protocol/message/verification-status.ts';
import type { CanarySettings } from '../../protocol/verify/reserved-row.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { aCase } from './build-case.ts';
import { MemoryCanaryStore } from './memory-canary-store.ts';
import { anOrder, aRig } from './run-sweep.ts';

const EVERY_MS = 300_000;
export const WITHIN_MS = 60_000;
const SETTINGS = { table: 'orders', where: { id: ['2', '4'] }, every: EVERY_MS };

export class CanaryRig {
  readonly sweep = aRig();
  readonly store = new MemoryCanaryStore(this.sweep.clock);
  /** What was asked of sink and recovery, in order. */
  readonly asked: string[] = [];
  readonly cases = new Map<string, Case>();
  /** While set, the sink answers nothing. */
  sinkFailure: ErrorCode | undefined;
  /** Instead of the damage. */
  answer: CanaryAnswer | undefined;
  isBlind = false;
  #last: Actor | undefined;

  open(settings: Partial<CanarySettings> = {}): Actor {
    const more: Partial<SweeperDeps> = {
      reporter: {
        report: async (_, mismatches) => {
          for (const { row, evidence } of this.isBlind ? [] : mismatches) {
            const firstSeenMs = this.sweep.clock.wallMs();
            this.cases.set(row.rowKey, aCase({ row, firstSeenMs, offset: BigInt(evidence.offset) }));
          }
        },
      },
      canary: {
        settings: { ...SETTINGS, ...settings },
        withinMs: WITHIN_MS,
        store: this.store,
        cases: { findNewest: async (_, rows) => rows.flatMap(({ rowKey }) => this.cases.get(rowKey) ?? []) },
        desk: this.#desk(),
      },
    };
    this.#last = this.sweep.openSweeper(more);
    return this.#last;
  }

  get detail(): CanaryDetail | undefined {
    const detail = this.#last?.status().detail as SweeperDetail | undefined; // of a sweeper
    return detail?.canary;
  }

  /** What is wrong at the target now. */
  get wrong(): readonly string[] {
    return this.sweep.listWrong(['orders']);
  }

  /** Rows that were damaged: their keys. */
  get damaged(): readonly string[] {
    return this.asked.flatMap((one) => (one.startsWith('damage ') ? [one.slice('damage '.length)] : []));
  }

  #desk(): CanaryDesk {
    const ask = (what: string, { sourceKey }: RowName) => {
      if (this.sinkFailure !== undefined) {
        throw new ReplicationError(this.sinkFailure, 'nobody answers');
      }
      const id = Number(sourceKey[0]?.[1]);
      this.asked.push(`${what} ${id}`);
      return id;
    };
    return {
      damage: async (_, { row }) => {
        const id = ask('damage', row);
        if (this.answer !== undefined) {
          return this.answer;
        }
        if (this.wrong.length > 0) {
          return { outcome: 'unequal', message: 'wrong already' };
        }
        this.sweep.putAt(0, 'orders', anOrder(id, { a: '999' }));
        return { outcome: 'written', message: '', change: 'value', column: 'a' };
      },
      repair: async (_, row) => {
        this.sweep.putAt(0, 'orders', anOrder(ask('repair', row)));
        return { outcome: 'written', message: '', columns: ['a'], targetDigest: 'x', sourceDigest: 'y' };
      },
      clear: async (_, row) => {
        ask('clear', row);
        const known = this.cases.get(row.rowKey);
        if (known !== undefined) {
          this.cases.set(row.rowKey, { ...known, state: 'closed' });
        }
      },
    };
  }
}
