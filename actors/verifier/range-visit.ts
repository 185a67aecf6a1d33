/** Reads an unverified range again, in a group of its own; what it takes is checked as anything else is. Commits nothing. */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RecordRouter } from '../route/record-router.ts';
import { Intake } from '../stream/intake.ts';
import { IntakeGate } from '../stream/intake-gate.ts';
import { OffsetLedger } from '../stream/offset-ledger.ts';
import type { RecordStream } from '../stream/record-stream.ts';
import type { Rereading } from './range-reading.ts';
import type { VerifierDeps } from './verifier-deps.ts';

export interface RangeVisitOptions {
  readonly deps: VerifierDeps;
  readonly reading: Rereading;
  readonly buildRouter: (ledger: OffsetLedger) => RecordRouter;
  readonly isWanted: () => boolean;
  /** Something was routed. */
  readonly onProgress: () => void;
  readonly onFailed: (error: ReplicationError) => void;
}

/** Without a record for so long, although more must be there, it is given up: another reading may fare better. */
const STALLED_MS = 60_000;

export class RangeVisit {
  readonly reading: Rereading;
  readonly ledger: OffsetLedger;
  readonly router: RecordRouter;
  readonly #options: RangeVisitOptions;
  readonly #to: number;
  readonly #stream: RecordStream;
  readonly #gate: IntakeGate;
  readonly #intake: Intake;
  #isReading = false;
  #isStopped = false;
  #seen = -1;
  #seenMs: number;

  constructor(options: RangeVisitOptions) {
    const { deps, reading, buildRouter, isWanted, onProgress } = options;
    const { maxQueuedBytes: maxBytes, maxOffsetGap: maxGap } = deps.settings;
    const { from, to } = reading.range;
    this.#options = options;
    this.#to = to;
    this.reading = reading;
    this.ledger = new OffsetLedger(from, undefined);
    this.router = buildRouter(this.ledger);
    this.#seenMs = deps.clock.monotonicMs();
    this.#stream = deps.openStream(
      {
        onOwned: async (_committed, { earliest, end }) => {
          if (BigInt(from) < earliest || BigInt(to) >= end) {
            const held = `which holds ${earliest} to ${end}`;
            throw new ReplicationError('ERG_4001', `expected offsets ${from} to ${to} on the broker, ${held}`);
          }
          return BigInt(from);
        },
        onRecords: (records) => {
          this.#intake.take(records);
          this.afterSettling();
        },
        onEnded: (error) => this.#fail(error),
      },
      'range',
    );
    this.#gate = new IntakeGate({ maxBytes, maxGap }, this.#stream);
    this.#intake = new Intake({
      route: (record, arrivedMs) => this.router.route(record, arrivedMs),
      isWanted,
      limit: () => to + 1,
      onSlice: onProgress,
      onFailed: (error) => this.#fail(error),
      clock: deps.clock,
    });
  }

  /** All of it has been read, and everything in it has an outcome. */
  get isDone(): boolean {
    const next = this.ledger.watermark + this.ledger.gap;
    return this.#isReading && this.ledger.openRecords === 0 && (next > this.#to || this.#intake.isAtLimit);
  }

  /** @throws ReplicationError ERG_4001 when it is not there any more */
  async start(): Promise<void> {
    await this.#stream.start();
    this.#isReading = true;
    this.#intake.open();
  }

  afterSettling(): void {
    if (!this.#isStopped) {
      const { waitingBytes, waitingRecords } = this.#intake;
      this.#gate.update(this.ledger.heldBytes + waitingBytes, this.ledger.gap + waitingRecords);
      this.#intake.wake();
    }
  }

  /** Once a second. What is being checked may take its time. */
  look(): void {
    const { clock } = this.#options.deps;
    const isBusy = this.ledger.openRecords > 0 || !this.#intake.isEmpty;
    if (isBusy || this.ledger.watermark !== this.#seen) {
      this.#seen = this.ledger.watermark;
      this.#seenMs = clock.monotonicMs();
    } else if (clock.monotonicMs() - this.#seenMs >= STALLED_MS) {
      this.#fail(new ReplicationError('ERG_4007', `no record came from offset ${this.ledger.watermark} on`));
    }
  }

  /** Reads no more; what is being checked stays so. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#isStopped) {
      this.#isStopped = true;
      this.#intake.stop();
      await this.#stream.stop();
    }
  }

  #fail(error: unknown): void {
    if (!this.#isStopped) {
      this.#options.onFailed(asReplicationError(error));
    }
  }
}
