import type { UnwrittenTotal } from '../../protocol/message/supervisor-status.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { cutMiddle } from './cut-middle.ts';
import { appendAudit } from './mysql-audit-log.ts';
import { asStateError } from './state-errors.ts';
import { nullableText, textLiteral } from './state-literal.ts';
import { readChanged, StateSession } from './state-session.ts';
import type { ColumnPlace, ColumnSelection, UnwrittenColumnStore, UnwrittenDelta } from './unwritten-column-store.ts';

const DEADLINE_MS = 5_000;
/** Characters that the columns of the table hold. */
const MAX_NAME = 64;

export class MysqlUnwrittenColumnStore implements UnwrittenColumnStore {
  readonly #pool: MysqlPool;

  constructor(pool: MysqlPool) {
    this.#pool = pool;
  }

  /** Sent again after an unknown outcome it widens no range, and counts twice. */
  async add(place: ColumnPlace, deltas: readonly UnwrittenDelta[]): Promise<void> {
    const counted = deltas.filter(({ changes }) => changes > 0);
    const ended = deltas.filter(({ changes }) => changes === 0);
    if (ended.length > 0) {
      // No insert: a person may have cleared it. First, as it may be sent again when the other fails.
      const names = ended.map((delta) => `(${nameLiterals(delta).join(', ')})`);
      await this.#query(`UPDATE ergate_unwritten_column SET is_open = 0
        WHERE ${isPlace(place)} AND (table_name, column_name) IN (${names.join(', ')})`);
    }
    if (counted.length > 0) {
      await this.#query(`INSERT INTO ergate_unwritten_column (pipeline, topic, topic_epoch, partition_no, table_name, column_name,
          changes, first_offset, last_offset, first_commit_time, last_commit_time, is_open)
        VALUES ${counted.map((delta) => buildRow(place, delta)).join(',\n')}
        ON DUPLICATE KEY UPDATE changes = changes + VALUES(changes),
          first_offset = LEAST(first_offset, VALUES(first_offset)), last_offset = GREATEST(last_offset, VALUES(last_offset)),
          first_commit_time = LEAST(COALESCE(first_commit_time, VALUES(first_commit_time)),
            COALESCE(VALUES(first_commit_time), first_commit_time)),
          last_commit_time = GREATEST(COALESCE(last_commit_time, VALUES(last_commit_time)),
            COALESCE(VALUES(last_commit_time), last_commit_time)),
          is_open = VALUES(is_open)`);
    }
  }

  async closeOpen(place: ColumnPlace, startOffset: bigint): Promise<void> {
    await this.#query(`UPDATE ergate_unwritten_column
      SET last_offset = GREATEST(last_offset, ${startOffset > 0n ? startOffset - 1n : 0n}), is_open = 0
      WHERE ${isPlace(place)} AND is_open = 1`);
  }

  async list(limit: number): Promise<readonly UnwrittenTotal[]> {
    const rows = await this.#query(`SELECT pipeline, topic, topic_epoch, partition_no, table_name, column_name, changes,
        CAST(first_offset AS CHAR) AS first_offset, CAST(last_offset AS CHAR) AS last_offset,
        CAST(first_commit_time AS CHAR) AS first_commit_time, CAST(last_commit_time AS CHAR) AS last_commit_time
      FROM ergate_unwritten_column ORDER BY updated_at DESC LIMIT ${limit}`);
    const groups = Map.groupBy(rows, (row) => JSON.stringify([row['pipeline'], row['table_name'], row['column_name']]));
    return [...groups.values()].flatMap(sumUp);
  }

  clear(selection: ColumnSelection, by: string): Promise<number> {
    const { pipeline, table, column } = selection;
    const isIt = `pipeline = ${textLiteral(pipeline)} AND table_name = ${textLiteral(table)}
      AND column_name = ${textLiteral(column)}`;
    return new StateSession(this.#pool).transaction(async (query) => {
      await query(`DELETE FROM ergate_unwritten_column WHERE ${isIt}`);
      const found = await readChanged(query);
      if (found > 0) {
        const object = `${pipeline} ${table}.${column}`;
        await appendAudit(query, { actor: by, action: 'columns clear', object, reason: '', detail: { ranges: found } });
      }
      return found;
    });
  }

  async #query(sql: string): Promise<readonly MysqlRow[]> {
    try {
      return await this.#pool.use((connection) => connection.query(sql, DEADLINE_MS));
    } catch (error) {
      throw asStateError(error);
    }
  }
}

function buildRow({ pipeline, topic, topicEpoch, partition }: ColumnPlace, delta: UnwrittenDelta): string {
  const { changes, firstOffset, lastOffset, firstCommitTime, lastCommitTime, isOpen } = delta;
  return `(${[
    textLiteral(pipeline),
    textLiteral(topic),
    topicEpoch,
    partition,
    ...nameLiterals(delta),
    changes,
    firstOffset,
    lastOffset,
    nullableText(firstCommitTime ?? undefined),
    nullableText(lastCommitTime ?? undefined),
    isOpen ? 1 : 0,
  ].join(', ')})`;
}

function nameLiterals({ table, column }: Pick<UnwrittenDelta, 'table' | 'column'>): readonly string[] {
  return [table, column].map((name) => textLiteral(cutMiddle(name, MAX_NAME)));
}

function isPlace({ pipeline, topic, topicEpoch, partition }: ColumnPlace): string {
  return `pipeline = ${textLiteral(pipeline)} AND topic = ${textLiteral(topic)} AND topic_epoch = ${topicEpoch}
    AND partition_no = ${partition}`;
}

function sumUp(rows: readonly MysqlRow[]): readonly UnwrittenTotal[] {
  const [first] = rows;
  if (first === undefined) {
    return [];
  }
  const timesOf = (name: string) => rows.flatMap((row) => (row[name] === null ? [] : [String(row[name])])).sort();
  return [
    {
      pipeline: String(first['pipeline']),
      table: String(first['table_name']),
      column: String(first['column_name']),
      changes: rows.reduce((sum, row) => sum + Number(row['changes']), 0),
      firstCommitTime: timesOf('first_commit_time')[0],
      lastCommitTime: timesOf('last_commit_time').at(-1),
      ranges: rows.map((row) => ({
        topic: String(row['topic']),
        topicEpoch: Number(row['topic_epoch']),
        partition: Number(row['partition_no']),
        firstOffset: String(row['first_offset']),
        lastOffset: String(row['last_offset']),
      })),
    },
  ];
}
