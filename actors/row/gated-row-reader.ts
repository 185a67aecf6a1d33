/**
 * The rows of the primary of a shard, behind its breaker: while that is open nothing is asked, so nobody waits in line for a
 * server that is away; and a shard that only readers visit is found to be away as one that is written to.
 *
 * A reading that is answered is no success to the breaker: a server that is read-only answers all of them.
 */
import type { Clock } from '../../protocol/clock.ts';
import { passKnownGate } from '../breaker/pass-gate.ts';
import type { ShardGate } from '../breaker/shard-gate.ts';
import type { RowReader } from './row-reader.ts';

export interface GatedRowReaderOptions {
  /** Closed with it. */
  readonly reader: RowReader;
  readonly gate: Pick<ShardGate, 'refusal' | 'known' | 'sawSilence' | 'sawFailure'>;
  readonly clock: Clock;
}

/** All calls throw ERG_3011 or ERG_3012 while nothing may be sent, else as the reader. */
export class GatedRowReader implements RowReader {
  readonly #options: GatedRowReaderOptions;

  constructor(options: GatedRowReaderOptions) {
    this.#options = options;
  }

  readTables(...asked: Parameters<RowReader['readTables']>): ReturnType<RowReader['readTables']> {
    return this.#read((reader) => reader.readTables(...asked));
  }

  readMany(...asked: Parameters<RowReader['readMany']>): ReturnType<RowReader['readMany']> {
    return this.#read((reader) => reader.readMany(...asked));
  }

  readRange(...asked: Parameters<RowReader['readRange']>): ReturnType<RowReader['readRange']> {
    return this.#read((reader) => reader.readRange(...asked));
  }

  close(): void {
    this.#options.reader.close();
  }

  async #read<T>(read: (reader: RowReader) => Promise<T>): Promise<T> {
    const { reader, gate, clock } = this.#options;
    return await passKnownGate(gate, clock, () => read(reader));
  }
}
