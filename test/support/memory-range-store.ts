import type { UnverifiedRange, UnverifiedRangeStore } from '../../actors/state/unverified-range.ts';

/** Unverified ranges in memory; outlives the verifiers that use it. */
export class MemoryRangeStore implements UnverifiedRangeStore {
  readonly ranges = new Map<string, UnverifiedRange>();
  /** Before each call: it fails with what is thrown here. */
  onCall: () => Promise<void> = async () => {};

  async load(pipeline: string, partition: number): Promise<readonly UnverifiedRange[]> {
    await this.onCall();
    return [...this.ranges.values()].filter((range) => range.pipeline === pipeline && range.partition === partition);
  }

  async save(ranges: readonly UnverifiedRange[]): Promise<void> {
    await this.onCall();
    for (const range of ranges) {
      const to = Math.max(range.to, this.ranges.get(range.id)?.to ?? 0);
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
}
