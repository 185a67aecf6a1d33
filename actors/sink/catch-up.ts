/**
 * Reads the stream a second time, for a shard or table that was left out, from where that began up to where the sink is now.
 * What it takes goes through the lanes of the sink, so whoever comes behind it in a lane is later in the log too. It commits
 * nothing: how far it has come is noted with the offset of the sink.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RecordRouter } from '../route/record-router.ts';
import { Intake } from '../stream/intake.ts';
import { IntakeGate } from '../stream/intake-gate.ts';
import { OffsetLedger } from '../stream/offset-ledger.ts';
import type { ParkedScope } from '../stream/parked-scope.ts';
import type { RecordStream } from '../stream/record-stream.ts';
import type { SinkDeps } from './sink-deps.ts';

export interface CatchUpOptions {
  readonly deps: SinkDeps;
  readonly scope: ParkedScope;
  readonly buildRouter: (ledger: OffsetLedger) => RecordRouter;
  /** Behind the newest record that the sink has routed. */
  readonly limit: () => number;
  readonly isWanted: () => boolean;
  /** Something was routed. */
  readonly onProgress: () => void;
  /** It cannot go on. */
  readonly onFailed: (error: ReplicationError) => void;
}

export class CatchUp {
  readonly ledger: OffsetLedger;
  readonly #options: CatchUpOptions;
  readonly router: RecordRouter;
  readonly #stream: RecordStream;
  readonly #gate: IntakeGate;
  readonly #intake: Intake;
  #isReading = false;
  #isStopped = false;

  constructor(options: CatchUpOptions) {
    const { deps, scope, buildRouter, limit, isWanted, onProgress } = options;
    const { maxQueuedBytes: maxBytes, maxOffsetGap: maxGap } = deps.settings;
    this.#options = options;
    this.ledger = new OffsetLedger(scope.from, scope.position);
    this.router = buildRouter(this.ledger);
    this.#stream = deps.openStream(
      {
        onOwned: async (_committed, { earliest, end }) => {
          if (BigInt(scope.from) < earliest || BigInt(scope.from) > end) {
            throw new ReplicationError(
              'ERG_1216',
              `expected offset ${scope.from} on the broker, which holds ${earliest} to ${end}`,
            );
          }
          return BigInt(scope.from);
        },
        onRecords: (records) => {
          this.#intake.take(records);
          this.afterSettling();
        },
        onEnded: (error) => this.#fail(error),
      },
      'catch-up',
    );
    this.#gate = new IntakeGate({ maxBytes, maxGap }, this.#stream);
    this.#intake = new Intake({
      route: (record, arrivedMs) => this.router.route(record, arrivedMs),
      isWanted,
      limit,
      onSlice: onProgress,
      onFailed: (error) => this.#fail(error),
      clock: deps.clock,
    });
  }

  /** Behind the newest record that it has routed. */
  get next(): number {
    return this.ledger.watermark + this.ledger.gap;
  }

  get isReading(): boolean {
    return this.#isReading;
  }

  /** It has routed all that the sink has routed. */
  get isLevel(): boolean {
    return this.#isReading && (this.next >= this.#options.limit() || this.#intake.isAtLimit);
  }

  /** Resolves when it reads. @throws ReplicationError when it cannot */
  async start(): Promise<void> {
    await this.#stream.start();
    this.#isReading = true;
    this.#intake.open();
  }

  /** A lane may want more, or the sink has routed more. */
  afterSettling(): void {
    if (!this.#isStopped) {
      this.#gate.update(this.ledger.heldBytes + this.#intake.waitingBytes, this.ledger.gap);
      this.#intake.wake();
    }
  }

  /** Reads no more; what is in the lanes stays there. Idempotent. */
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
