/** How far the sink of the partition is, and what it has left out, as it has committed both: the two always fit together. */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type ParkedScope, parseNote } from '../stream/parked-scope.ts';
import type { CommittedOffset } from '../stream/record-stream.ts';
import { SinkPast } from './sink-past.ts';

export interface SinkViewOptions {
  /** @throws ReplicationError */
  readonly read: () => Promise<CommittedOffset | undefined>;
  readonly onChange: () => void;
  /** Age from which on a change is due. */
  readonly delayMs: number;
  readonly clock: Clock;
}

/** A shard, or a table on one, by their names at the target; null: any table. */
export interface TargetPlace {
  readonly shard: string;
  readonly table: string | null;
}

export class SinkView {
  readonly #options: SinkViewOptions;
  readonly #past: SinkPast;
  #committed: CommittedOffset | undefined;
  #offset = -1;
  #scopes: readonly ParkedScope[] = [];
  #trouble: string | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: SinkViewOptions) {
    this.#options = options;
    this.#past = new SinkPast(options.delayMs);
  }

  /** The sink has settled everything below it; -1 when nothing is known. */
  get offset(): number {
    return this.#offset;
  }

  /** It had settled everything below it a delay ago, so all of that is due; -1 when nothing is known. */
  get settledBelow(): number {
    return this.#past.settledBelow(this.#options.clock.monotonicMs());
  }

  get committed(): CommittedOffset | undefined {
    return this.#committed;
  }

  /** Why it is not known as it is now: error code and sentence. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Callers at the same time share one reading. Never rejects: what was known stays. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Whether anything is left out at all: seldom. */
  get hasLeftOut(): boolean {
    return this.#scopes.length > 0;
  }

  /** What of the place the sink has left out, where changes up to the offset are asked for. */
  findLeftOut({ shard, table }: TargetPlace, offset: number): ParkedScope | undefined {
    return this.#scopes.find(
      (scope) =>
        (shard === scope.shard || shard === '*') &&
        (scope.table === null || table === null || scope.table === table) &&
        scope.from <= offset,
    );
  }

  async #read(): Promise<void> {
    try {
      const committed = await this.#options.read();
      if (committed === undefined) {
        throw new ReplicationError('ERG_4004', 'the sink of the partition has committed nothing');
      }
      const { parked } = parseNote(committed.metadata);
      this.#committed = committed;
      this.#offset = Number(committed.offset);
      this.#past.saw(this.#offset, this.#options.clock.monotonicMs());
      this.#scopes = parked;
      this.#trouble = undefined;
      this.#options.onChange();
    } catch (error) {
      this.#trouble = asReplicationError(error).message;
    }
  }
}
