import type { RowReader } from '../../actors/row/row-reader.ts';

/** Counts the readings that have not ended. */
export class CountingReader implements RowReader {
  readonly #reader: RowReader;
  underWay = 0;

  constructor(reader: RowReader) {
    this.#reader = reader;
  }

  readTables(...asked: Parameters<RowReader['readTables']>): ReturnType<RowReader['readTables']> {
    return this.#count(this.#reader.readTables(...asked));
  }

  readMany(...asked: Parameters<RowReader['readMany']>): ReturnType<RowReader['readMany']> {
    return this.#count(this.#reader.readMany(...asked));
  }

  readRange(...asked: Parameters<RowReader['readRange']>): ReturnType<RowReader['readRange']> {
    return this.#count(this.#reader.readRange(...asked));
  }

  close(): void {
    this.#reader.close();
  }

  async #count<T>(reading: Promise<T>): Promise<T> {
    this.underWay += 1;
    try {
      return await reading;
    } finally {
      this.underWay -= 1;
    }
  }
}
