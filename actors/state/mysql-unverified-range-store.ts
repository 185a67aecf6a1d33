import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { readText } from './case-row.ts';
import { cutMiddle } from './cut-middle.ts';
import { nullableText, textLiteral } from './state-literal.ts';
import { StateSession } from './state-session.ts';
import { chunkRows } from './statement-chunks.ts';
import type { UnverifiedRange, UnverifiedRangeStore } from './unverified-range.ts';

const MAX_REASON_BYTES = 4_096;

export class MysqlUnverifiedRangeStore implements UnverifiedRangeStore {
  readonly #session: StateSession;

  constructor(pool: MysqlPool) {
    this.#session = new StateSession(pool);
  }

  async load(pipeline: string, partition: number): Promise<readonly UnverifiedRange[]> {
    const rows = await this.#session.query(`SELECT * FROM ergate_unverified_range
      WHERE pipeline = ${textLiteral(pipeline)} AND partition_no = ${partition} ORDER BY since_ms, id`);
    return rows.map(readRange);
  }

  async save(ranges: readonly UnverifiedRange[]): Promise<void> {
    await this.#session.transaction(async (query) => {
      for (const chunk of chunkRows(ranges.map(writeRange))) {
        await query(`INSERT INTO ergate_unverified_range (id, pipeline, partition_no, topic_epoch, shard, table_name,
            from_offset, to_offset, reason, since_ms, is_readable) VALUES ${chunk}
          ON DUPLICATE KEY UPDATE topic_epoch = VALUES(topic_epoch), shard = VALUES(shard),
            table_name = VALUES(table_name), from_offset = VALUES(from_offset),
            to_offset = GREATEST(to_offset, VALUES(to_offset)), reason = VALUES(reason), since_ms = VALUES(since_ms),
            is_readable = VALUES(is_readable)`);
      }
    });
  }

  async remove(ranges: readonly Pick<UnverifiedRange, 'id' | 'to'>[]): Promise<void> {
    await this.#session.transaction(async (query) => {
      for (const chunk of chunkRows(ranges.map(({ id, to }) => `(${textLiteral(id)}, ${to})`))) {
        await query(`DELETE FROM ergate_unverified_range WHERE (id, to_offset) IN (${chunk})`);
      }
    });
  }
}

function writeRange(range: UnverifiedRange): string {
  return `(${[
    textLiteral(range.id),
    textLiteral(range.pipeline),
    range.partition,
    range.topicEpoch,
    textLiteral(range.shard),
    nullableText(range.table ?? undefined),
    range.from,
    range.to,
    textLiteral(cutMiddle(range.reason, MAX_REASON_BYTES)),
    Math.round(range.sinceMs),
    range.isReadable ? 1 : 0,
  ].join()})`;
}

function readRange(row: MysqlRow): UnverifiedRange {
  return {
    id: String(row['id']),
    pipeline: String(row['pipeline']),
    partition: Number(row['partition_no']),
    topicEpoch: Number(row['topic_epoch']),
    shard: String(row['shard']),
    table: readText(row['table_name']),
    from: Number(row['from_offset']),
    to: Number(row['to_offset']),
    reason: String(row['reason']),
    sinceMs: Number(row['since_ms']),
    isReadable: Number(row['is_readable']) === 1,
  };
}
