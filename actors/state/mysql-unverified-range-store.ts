import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { readNumber, readText } from './case-row.ts';
import { cutMiddle } from './cut-middle.ts';
import { appendAudit } from './mysql-audit-log.ts';
import { nullableText, textLiteral } from './state-literal.ts';
import { NOW_MS, StateSession } from './state-session.ts';
import { chunkRows } from './statement-chunks.ts';
import type {
  GiveUpOutcome,
  ListedRange,
  RangeDesk,
  UnverifiedRange,
  UnverifiedRangeStore,
} from './unverified-range.ts';

const MAX_REASON_BYTES = 4_096;
const MAX_BY = 100;
const MAX_WHY = 500;

export class MysqlUnverifiedRangeStore implements UnverifiedRangeStore, RangeDesk {
  readonly #session: StateSession;

  constructor(pool: MysqlPool) {
    this.#session = new StateSession(pool);
  }

  async load(pipeline: string, partition: number): Promise<readonly UnverifiedRange[]> {
    const rows = await this.#session.query(`SELECT * FROM ergate_unverified_range
      WHERE pipeline = ${textLiteral(pipeline)} AND partition_no = ${partition} AND given_up_ms IS NULL ORDER BY since_ms, id`);
    return rows.map(readRange);
  }

  async countGivenUp(pipeline: string, partition: number): Promise<number> {
    const [row] = await this.#session.query(`SELECT COUNT(*) AS found FROM ergate_unverified_range
      WHERE pipeline = ${textLiteral(pipeline)} AND partition_no = ${partition} AND given_up_ms IS NOT NULL`);
    return Number(row?.['found']);
  }

  async save(ranges: readonly UnverifiedRange[]): Promise<void> {
    await this.#session.transaction(async (query) => {
      for (const chunk of chunkRows(ranges.map(writeRange))) {
        await query(`INSERT INTO ergate_unverified_range (id, pipeline, partition_no, topic_epoch, shard, table_name,
            from_offset, to_offset, reason, since_ms, is_readable) VALUES ${chunk}
          ON DUPLICATE KEY UPDATE given_up_ms = IF(from_offset > VALUES(from_offset) OR to_offset < VALUES(to_offset),
              NULL, given_up_ms), topic_epoch = VALUES(topic_epoch), shard = VALUES(shard),
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

  async list(pipelines: readonly string[], withGivenUp: boolean): Promise<readonly ListedRange[]> {
    const rows = await this.#session.query(`SELECT * FROM ergate_unverified_range
      WHERE pipeline IN (${pipelines.map(textLiteral).join()}) ${withGivenUp ? '' : 'AND given_up_ms IS NULL'}
      ORDER BY since_ms, id`);
    return rows.map(readListed);
  }

  giveUp(id: string, { by, reason }: { readonly by: string; readonly reason: string }): Promise<GiveUpOutcome> {
    return this.#session.transaction(async (query) => {
      const [row] = await query(`SELECT * FROM ergate_unverified_range WHERE id = ${textLiteral(id)} FOR UPDATE`);
      if (row === undefined) {
        return 'unknown';
      }
      const range = readListed(row);
      if (range.givenUp !== null || range.isReadable) {
        return range.isReadable ? 'readable' : 'before';
      }
      await query(`UPDATE ergate_unverified_range SET given_up_ms = ${NOW_MS},
          given_up_by = ${textLiteral(cutMiddle(by, MAX_BY))},
          given_up_reason = ${textLiteral(cutMiddle(reason, MAX_WHY))} WHERE id = ${textLiteral(id)}`);
      const { pipeline, partition, shard, table, from, to, reason: why } = range;
      await appendAudit(query, {
        actor: by,
        action: 'verify give-up',
        object: `range ${id}`,
        reason,
        detail: { pipeline, partition, shard, table, from, to, why },
      });
      return 'given-up';
    });
  }
}

function readListed(row: MysqlRow): ListedRange {
  const atMs = readNumber(row['given_up_ms']);
  const by = readText(row['given_up_by']) ?? '';
  const reason = readText(row['given_up_reason']) ?? '';
  return { ...readRange(row), givenUp: atMs === null ? null : { by, reason, atMs } };
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
