import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RereadAnswer, RereadRequest, RereadState } from '../../protocol/message/canary-message.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import { findOffset } from './find-offset.ts';
import type { Rereading } from './range-reading.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { Outcome, VerifierProgress } from './verifier-progress.ts';

const RETRY_MS = 5_000;
const STATES = {
  equal: 'equal',
  superseded: 'superseded',
  mismatches: 'reported',
  unchecked: 'unread',
} as const satisfies Record<Outcome, RereadState>;

/** One record that is read again because its row was damaged, and what came of it. */
export class CanaryReading implements Rereading {
  readonly range: Rereading['range'];
  readonly kept = undefined;
  readonly #deps: Pick<VerifierDeps, 'clock' | 'settings'>;
  readonly #request: RereadRequest;
  readonly #behind: number;
  readonly #askedMs: number;
  #state: RereadState = 'waiting';
  #reason: string | undefined;
  #tryAtMs: number;
  #sees = 0;

  /** @param behind everything below it was published before the damage was told */
  constructor(
    deps: Pick<VerifierDeps, 'clock' | 'settings'>,
    { request, behind }: { readonly request: RereadRequest; readonly behind: number },
  ) {
    const { settings, clock } = deps;
    const { row, version } = request;
    const offset = findOffset(version, settings.source.topicEpoch);
    this.#deps = deps;
    this.#request = request;
    this.#behind = behind;
    this.#askedMs = clock.monotonicMs();
    this.#tryAtMs = this.#askedMs + (settings.verification?.delay ?? 0);
    const table = settings.tables[row.table]?.target ?? row.table;
    this.range = { shard: row.shard, table, rowKey: row.rowKey, from: offset ?? 0, to: offset ?? 0 };
    if (offset === undefined || offset >= behind) {
      this.#enter('foreign', `version ${version} is not of a record of this topic`);
    }
  }

  get shard(): string {
    return this.range.shard;
  }

  isOf({ row, plantedMs }: RereadRequest): boolean {
    return this.#request.plantedMs === plantedMs && this.#request.row.rowKey === row.rowKey;
  }

  isDue(nowMs: number, watermark: number): boolean {
    const isOpen = this.#state === 'waiting' || this.#state === 'unread';
    return isOpen && nowMs >= this.#tryAtMs && watermark >= this.#behind;
  }

  describe(): RereadAnswer {
    const ageMs = Math.floor(this.#deps.clock.monotonicMs() - this.#askedMs);
    const reason = this.#state === 'waiting' ? `it waits for offset ${this.#behind} to be verified` : '';
    return { state: this.#state, message: this.#reason ?? reason, ageMs };
  }

  begin(ledger: OffsetLedger, progress: Pick<VerifierProgress, 'watch'>): void {
    this.#enter('reading', undefined);
    this.#sees = 0;
    progress.watch(ledger, (outcome, error) => {
      this.#sees += 1;
      this.#enter(STATES[outcome], error?.message);
    });
  }

  /** Whether it is in time is for others to say. */
  look(): void {}

  end(): void {
    if (this.#sees === 0) {
      this.#enter('foreign', `the record at offset ${this.range.from} is not of the row`);
    }
  }

  fail(error: ReplicationError, isGone: boolean): void {
    this.#enter(isGone ? 'foreign' : 'unread', error.message);
  }

  #enter(state: RereadState, reason: string | undefined): void {
    this.#state = state;
    this.#reason = reason;
    if (state === 'unread') {
      this.#tryAtMs = this.#deps.clock.monotonicMs() + RETRY_MS;
    }
  }
}
