import type { UnverifiedRange, UnverifiedRangeStore } from '../../actors/state/unverified-range.ts';

/** Unverified ranges in memory; outlives the verifiers that use it. */
export class MemoryRangeStore implements UnverifiedRangeStore {
  readonly ranges = new Map<string, UnverifiedRange>();
  /** By a person. */
  readonly givenUp = new Set<string>();
  /** Before each call: it fails with what is thrown here. */
  onCall: () => Promise<void> = async () => {};

  async load(pipeline: string, partition: number): Promise<readonly UnverifiedRange[]> {
    await this.onCall();
    return this.#ofPartition(pipeline, partition).filter(({ id }) => !this.givenUp.has(id));
  }

  async countGivenUp(pipeline: string, partition: number): Promise<number> {
    await this.onCall();
    return this.#ofPartition(pipeline, partition).filter(({ id }) => this.givenUp.has(id)).length;
  }

  async save(ranges: readonly UnverifiedRange[]): Promise<void> {
    await this.onCall();
    for (const range of ranges) {
      const known = this.ranges.get(range.id);
      const to = Math.max(range.to, known?.to ?? 0);
      if (known !== undefined && (range.from < known.from || range.to > known.to)) {
        this.givenUp.delete(range.id);
      }
      this.ranges.set(range.id, { ...range, to });
    }
  }

  async remove(ranges: readonly Pick<UnverifiedRange, 'id' | 'to'>[]): Promise<void> {
    await this.onCall();
    for (const { id, to } of ranges) {
      if (this.ranges.get(id)?.to === to) {
        this.ranges.delete(id);
      }
    }
  }

  #ofPartition(pipeline: string, partition: number): readonly UnverifiedRange[] {
    return [...this.ranges.values()].filter((range) => range.pipeline === pipeline && range.partition === partition);
  }
}
