/** How far the sink of the partition is, and what it has left out, as it has committed both: the two always fit together. */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type ParkedScope, parseNote } from '../stream/parked-scope.ts';
import type { CommittedOffset } from '../stream/record-stream.ts';

export interface SinkViewOptions {
  /** @throws ReplicationError */
  readonly read: () => Promise<CommittedOffset | undefined>;
  readonly onChange: () => void;
}

/** A shard, or a table on one, by their names at the target; null: any table. */
export interface TargetPlace {
  readonly shard: string;
  readonly table: string | null;
}

export class SinkView {
  readonly #options: SinkViewOptions;
  #committed: CommittedOffset | undefined;
  #offset = -1;
  #scopes: readonly ParkedScope[] = [];
  #trouble: string | undefined;
  #reading: Promise<void> | undefined;

  constructor(options: SinkViewOptions) {
    this.#options = options;
  }

  /** The sink has settled everything below it; -1 when nothing is known. */
  get offset(): number {
    return this.#offset;
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
      this.#scopes = parked;
      this.#trouble = undefined;
      this.#options.onChange();
    } catch (error) {
      this.#trouble = asReplicationError(error).message;
    }
  }
}
