/** Canaries in front of a sweep rig: a sink that damages and repairs rows of its shards, and cases that are what was reported. */
import type { Actor } from '../../actors/runtime/actor.ts';
import type { FinderRecord } from '../../actors/state/canary-store.ts';
import type { Case } from '../../actors/state/case.ts';
import type { CanaryDesk } from '../../actors/sweeper/canary-parts.ts';
import type { SweeperDeps } from '../../actors/sweeper/sweeper-deps.ts';
import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CanaryAnswer, CanaryFinder, RereadAnswer } from '../../protocol/message/canary-message.ts';
import type { CanaryDetail, SweeperDetail } from '../../protocol/message/verification-status.ts';
import type { Finder } from '../../protocol/verify/mismatch.ts';
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
  /** The sweep sees what is wrong, and nobody hears of it. */
  isBlind = false;
  /** What the verifier answers; undefined: it finds what is wrong, and reports it when it is asked for the second time. */
  verifier: RereadAnswer | ErrorCode | undefined;
  /** Somebody else finds each damage at once. */
  otherFinder: Finder | undefined;
  /** Over the case of each report. */
  reported: Partial<Case> = {};
  refusal: ReplicationError | undefined;
  #reads = 0;
  #last: Actor | undefined;

  open(settings: Partial<CanarySettings> = {}): Actor {
    const more: Partial<SweeperDeps> = {
      reporter: {
        report: async (_, mismatches) => {
          if (this.isBlind) {
            throw new ReplicationError('ERG_4105', 'nobody answers');
          }
          for (const { row, evidence, columns, kind } of mismatches) {
            this.#report(row, 'sweeper', { offset: BigInt(evidence.offset), columns, kind });
          }
        },
      },
      canary: {
        settings: { ...SETTINGS, ...settings },
        withinMs: WITHIN_MS,
        store: this.store,
        cases: { findNewest: async (_, rows) => rows.flatMap(({ rowKey }) => this.cases.get(rowKey) ?? []) },
        desk: this.#desk(),
        gateOf: () => ({ refusal: this.refusal }),
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

  /** The newest of the finder. */
  endsOf(finder: CanaryFinder): FinderRecord {
    return this.store.record.by[finder];
  }

  /** A row has one case, of whoever was first. */
  #report(row: RowName, foundBy: Finder, more: Partial<Case> = {}): void {
    const known = this.cases.get(row.rowKey);
    if (known === undefined || known.state === 'closed') {
      const firstSeenMs = this.sweep.clock.wallMs();
      this.cases.set(row.rowKey, aCase({ row, foundBy, firstSeenMs, columns: ['a'], ...more, ...this.reported }));
    }
  }

  #reread(row: RowName): RereadAnswer {
    if (typeof this.verifier === 'string') {
      throw new ReplicationError(this.verifier, 'nobody answers');
    }
    this.#reads += 1;
    if (this.verifier !== undefined) {
      return this.verifier;
    }
    if (this.#reads < 2) {
      return { state: 'waiting', message: '', ageMs: 0 };
    }
    this.#report(row, 'verifier');
    return { state: 'reported', message: '', ageMs: 0 };
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
      giveBack: async (_, { row, version }) => {
        ask(`version ${version}`, row);
        return { outcome: 'written', message: '' };
      },
      damage: async (_, { row }) => {
        const id = ask('damage', row);
        if (this.answer !== undefined) {
          return this.answer;
        }
        if (this.wrong.length > 0) {
          return { outcome: 'unequal', message: 'wrong already' };
        }
        const markers = { ergate_yn: '3', rpc_time: '1', ergate_seq: '0' };
        this.sweep.shards[0]?.put('orders', { ...anOrder(id, { a: '999' }), ...markers });
        this.#reads = 0;
        if (this.otherFinder !== undefined) {
          this.#report(row, this.otherFinder);
        }
        return { outcome: 'written', message: '', change: 'value', column: 'a' };
      },
      reread: async (_, { row }) => this.#reread(row),
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
