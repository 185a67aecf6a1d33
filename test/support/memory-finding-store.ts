import type { Finding, FindingIndex, FindingScope, FindingStore } from '../../actors/state/finding.ts';

/** Findings in memory; outlives the actors that use it. */
export class MemoryFindingStore implements FindingStore, FindingIndex {
  readonly stored: Finding[] = [];
  /** Before each question: it fails with what is thrown here. */
  onList: () => Promise<void> = async () => {};

  async store(findings: readonly Finding[]): Promise<void> {
    this.stored.push(...findings);
  }

  async count(): Promise<readonly []> {
    return [];
  }

  async listStuck(scope: FindingScope, offsets: readonly bigint[]): Promise<readonly Finding[]> {
    await this.onList();
    return this.stored.filter(
      ({ pipeline, topic, topicEpoch, partition, offset }) =>
        offsets.includes(offset) &&
        pipeline === scope.pipeline &&
        topic === scope.topic &&
        topicEpoch === scope.topicEpoch &&
        partition === scope.partition,
    );
  }
}
