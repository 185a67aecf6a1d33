/** Which states the change stream gives to a row, and where. */
import { rowName, type StreamChange, type StreamHistory } from './history.ts';

export class StreamStates {
  readonly #changesOf: ReadonlyMap<string, readonly StreamChange[]>;

  constructor({ changes }: StreamHistory) {
    this.#changesOf = Map.groupBy(changes, ({ table, key }) => rowName(table, key));
  }

  /** Undefined for a row that the stream does not have. A row stays in its partition. */
  partitionOf(row: string): number | undefined {
    return this.#changesOf.get(row)?.[0]?.partition;
  }

  /** Offsets at which the row is there with this `ver`; a state may come again. */
  offsetsOf(row: string, ver: number): readonly number[] {
    return this.#of(row).flatMap(({ rank, offset }) => (rank === 2 * ver ? [offset] : []));
  }

  /** The first change up to this offset that the row is newer by than with this `ver`. */
  findNewer(row: string, ver: number, offset: number): StreamChange | undefined {
    return this.#of(row).find((change) => change.offset <= offset && change.rank > 2 * ver);
  }

  /** The row is deleted, with this `ver` or later. */
  isDeleted(row: string, ver: number): boolean {
    return this.#of(row).some(({ rank }) => rank % 2 === 1 && rank > 2 * ver);
  }

  /** Some change of the row is at one of these places. */
  isNamed(row: string, isAt: (partition: number, offset: number) => boolean): boolean {
    return this.#of(row).some(({ partition, offset }) => isAt(partition, offset));
  }

  #of(row: string): readonly StreamChange[] {
    return this.#changesOf.get(row) ?? [];
  }
}
