/**
 * How far the sink of the partition is, and what it has left out, as it has committed both: the two always fit together.
 * Where another tool writes the target there is none: nothing is waited for, and nothing is known to be left out.
 */
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type ParkedScope, parseNote } from '../stream/parked-scope.ts';
import type { CommittedOffset } from '../stream/record-stream.ts';
import { SinkPast } from './sink-past.ts';

export interface SinkViewOptions {
  /** Undefined: there is no sink. @throws ReplicationError */
  readonly read: (() => Promise<CommittedOffset | undefined>) | undefined;
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
  #offset: number;
  #scopes: readonly ParkedScope[] = [];
  #trouble: string | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: SinkViewOptions) {
    this.#options = options;
    this.#past = new SinkPast(options.delayMs);
    this.#offset = options.read === undefined ? Number.POSITIVE_INFINITY : -1;
  }

  get isThere(): boolean {
    return this.#options.read !== undefined;
  }

  /** The sink has settled everything below it; -1 when nothing is known; without end when there is no sink. */
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

  /** As it is now: it has committed the offset. */
  async hasPassed(offset: number): Promise<boolean> {
    await this.refresh();
    return this.#trouble === undefined && this.#offset >= offset;
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
    const { read, onChange } = this.#options;
    try {
      if (read === undefined) {
        return onChange();
      }
      const committed = await read();
      if (committed === undefined) {
        throw new ReplicationError('ERG_4004', 'the sink of the partition has committed nothing');
      }
      const { parked } = parseNote(committed.metadata);
      this.#committed = committed;
      this.#offset = Number(committed.offset);
      this.#past.saw(this.#offset, this.#options.clock.monotonicMs());
      this.#scopes = parked;
      this.#trouble = undefined;
      onChange();
    } catch (error) {
      this.#trouble = asReplicationError(error).message;
    }
  }
}
