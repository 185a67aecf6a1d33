/** The place of a finding as the name of an opaque case, which has no row. */
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { FindingPlace } from '../state/case-store.ts';
import type { Finding, FindingStage } from '../state/finding.ts';

const STAGES: readonly FindingStage[] = ['decode', 'route', 'write'];

export function nameFinding({ topic, topicEpoch, partition, offset, payloadIndex, stage, table }: Finding): RowName {
  const rowKey = JSON.stringify([topic, topicEpoch, partition, String(offset), payloadIndex, stage]);
  return { table: table ?? '', shard: '', rowKey, targetKey: [], sourceKey: [] };
}

/** @returns undefined when the name is none */
export function placeOfFinding(pipeline: string, { rowKey }: RowName): FindingPlace | undefined {
  const parts = parse(rowKey);
  const [topic, topicEpoch, partition, offset, payloadIndex, word] = parts;
  const stage = STAGES.find((known) => known === word);
  return typeof topic === 'string' && typeof offset === 'string' && stage !== undefined
    ? {
        pipeline,
        topic,
        topicEpoch: Number(topicEpoch),
        partition: Number(partition),
        offset: BigInt(offset),
        payloadIndex: Number(payloadIndex),
        stage,
      }
    : undefined;
}

function parse(rowKey: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(rowKey);
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
