import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { FindingPlace } from './case-store.ts';
import type { Finding, FindingStage } from './finding.ts';
import { textLiteral } from './state-literal.ts';
import type { QueryFunc } from './state-session.ts';

/** With its record, which may stand in several rows. */
export async function readFinding(query: QueryFunc, row: MysqlRow): Promise<Finding> {
  const place = {
    pipeline: String(row['pipeline']),
    topic: String(row['topic']),
    topicEpoch: Number(row['topic_epoch']),
    partition: Number(row['partition_no']),
    offset: BigInt(String(row['offset_no'])),
  };
  const parts = await query(`SELECT record_key, record_value FROM ergate_finding_record
    WHERE pipeline = ${textLiteral(place.pipeline)} AND topic = ${textLiteral(place.topic)}
      AND topic_epoch = ${place.topicEpoch} AND partition_no = ${place.partition} AND offset_no = ${place.offset}
    ORDER BY byte_at`);
  return {
    ...place,
    payloadIndex: Number(row['payload_index']),
    // The casts of words: only ours are stored; those of another version are shown as they are.
    code: row['code'] as ErrorCode,
    stage: row['stage'] as FindingStage,
    message: String(row['message']),
    table: row['table_name'] === null ? undefined : String(row['table_name']),
    rowKey: row['row_key'] === null ? undefined : String(row['row_key']),
    recordKey: join(parts.map((part) => part['record_key'])),
    recordValue: join(parts.map((part) => part['record_value'])),
  };
}

/** NULL in the first row is NULL as a whole. */
function join(parts: readonly unknown[]): Buffer | null {
  return Buffer.isBuffer(parts[0]) ? Buffer.concat(parts.filter((part) => Buffer.isBuffer(part))) : null;
}

export function isFinding(finding: FindingPlace): string {
  const { pipeline, topic, topicEpoch, partition, offset, payloadIndex, stage } = finding;
  return `pipeline = ${textLiteral(pipeline)} AND topic = ${textLiteral(topic)} AND topic_epoch = ${topicEpoch}
    AND partition_no = ${partition} AND offset_no = ${offset} AND payload_index = ${payloadIndex}
    AND stage = ${textLiteral(stage)}`;
}
