import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Finding, FindingStage } from '../state/finding.ts';
import type { StreamRecord } from '../stream/record-stream.ts';
import type { RouteDeps } from './route-deps.ts';

/** A change, or a whole record, that cannot be applied. */
export interface Refusal {
  readonly record: StreamRecord;
  /** Of the ledger. */
  readonly slot: number;
  /** -1 when the whole record is meant. */
  readonly payloadIndex: number;
  readonly stage: FindingStage;
  readonly error: ReplicationError;
  readonly table: string | undefined;
  readonly rowKey: string | undefined;
  /** Keys of rows that it deletes all the same, as changes of their own. */
  readonly removed?: readonly string[];
}

export function buildFinding(
  { pipeline, partition, settings }: RouteDeps,
  { record, payloadIndex, stage, error, table, rowKey }: Refusal,
): Finding {
  return {
    pipeline,
    topic: settings.source.topic,
    topicEpoch: settings.source.topicEpoch,
    partition,
    offset: record.offset,
    payloadIndex,
    code: error.code,
    stage,
    message: error.message,
    table,
    rowKey,
    recordKey: record.key,
    recordValue: record.value,
  };
}
