import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { cutMiddle } from './cut-middle.ts';
import type { Finding, FindingCounts, FindingIndex, FindingScope, FindingStore } from './finding.ts';
import { asStateError } from './state-errors.ts';
import { bytesLiteral, nullableText, textLiteral } from './state-literal.ts';

const DEADLINE_MS = 10_000;
const MAX_MESSAGE_BYTES = 4_096;
/** TEXT; a row key may be as long as the columns it is made of. */
const MAX_ROW_KEY_BYTES = 65_535;
const MAX_ROWS_PER_STATEMENT = 500;
/**
 * Of the key and of the value of a record in one row. A record may be larger than any packet, and must not stop a partition by being so; the least
 * that servers are set to is 1 MiB. Never changed: rows that are stored already are recognised by where they begin.
 */
const PART_BYTES = 256 * 1024;

interface Insert {
  readonly head: string;
  /** The same record read again finds the same thing; what was found first stays. */
  readonly tail: string;
}

const RECORDS: Insert = {
  head: `INSERT INTO ergate_finding_record (pipeline, topic, topic_epoch, partition_no, offset_no, byte_at,
  record_key, record_value)  VALUES\n`,
  tail: '\nON DUPLICATE KEY UPDATE pipeline = ergate_finding_record.pipeline',
};

const FINDINGS: Insert = {
  head: `INSERT INTO ergate_finding (pipeline, topic, topic_epoch, partition_no, offset_no, payload_index, stage, code, message,
  table_name, row_key) VALUES\n`,
  tail: '\nON DUPLICATE KEY UPDATE pipeline = ergate_finding.pipeline',
};

export class MysqlFindingStore implements FindingStore, FindingIndex {
  readonly #pool: MysqlPool;

  constructor(pool: MysqlPool) {
    this.#pool = pool;
  }

  async store(findings: readonly Finding[]): Promise<void> {
    if (findings.length === 0) {
      return;
    }
    try {
      await this.#pool.use(async (connection) => {
        for (const statement of buildInserts(findings, connection.maxPacketBytes)) {
          await connection.query(statement, DEADLINE_MS);
        }
      });
    } catch (error) {
      throw asStateError(error);
    }
  }

  async listStuck(
    { pipeline, topic, topicEpoch, partition }: FindingScope,
    offsets: readonly bigint[],
  ): Promise<readonly Pick<Finding, 'offset' | 'payloadIndex'>[]> {
    if (offsets.length === 0) {
      return [];
    }
    try {
      const rows = await this.#pool.use((connection) =>
        connection.query(
          `SELECT offset_no, payload_index FROM ergate_finding
          WHERE pipeline = ${textLiteral(pipeline)} AND topic = ${textLiteral(topic)} AND topic_epoch = ${topicEpoch}
            AND partition_no = ${partition} AND offset_no IN (${offsets.join()})`,
          DEADLINE_MS,
        ),
      );
      return rows.map((row) => ({
        offset: BigInt(String(row['offset_no'])),
        payloadIndex: Number(row['payload_index']),
      }));
    } catch (error) {
      throw asStateError(error);
    }
  }

  async count(): Promise<readonly FindingCounts[]> {
    try {
      const rows = await this.#pool.use((connection) =>
        connection.query(
          `SELECT pipeline, code, COUNT(*) AS findings, DATE_FORMAT(MAX(found_at), '%Y-%m-%dT%H:%i:%s.%fZ') AS newest
          FROM ergate_finding GROUP BY pipeline, code ORDER BY pipeline, code`,
          DEADLINE_MS,
        ),
      );
      return rows.map((row) => ({
        pipeline: String(row['pipeline']),
        code: row['code'] as ErrorCode, // only codes are stored; one of another version is shown as it is
        count: Number(row['findings']),
        newest: String(row['newest']),
      }));
    } catch (error) {
      throw asStateError(error);
    }
  }
}

/**
 * Statements that each fit the server's packet: the records first, each once however many findings it has, so that no
 * finding is ever without its record. @throws ReplicationError ERG_5002 when the packet does not even take a part of one.
 *
 * @param maxPacketBytes the server's max_allowed_packet
 */
export function* buildInserts(findings: readonly Finding[], maxPacketBytes: number): Generator<string> {
  const records = new Map(findings.map((finding) => [placeOf(finding).join(), finding]));
  yield* buildStatements(RECORDS, [...records.values()].flatMap(buildRecordRows), maxPacketBytes);
  yield* buildStatements(FINDINGS, findings.map(buildFindingRow), maxPacketBytes);
}

interface Row {
  readonly finding: Finding;
  /** ASCII only: its length is its bytes. */
  readonly text: string;
}

function* buildStatements({ head, tail }: Insert, rows: readonly Row[], maxPacketBytes: number): Generator<string> {
  const maxBytes = maxPacketBytes - 1_024; // packet header, head and tail of the statement
  let taken: string[] = [];
  let bytes = 0;
  for (const { finding, text } of rows) {
    if (text.length > maxBytes) {
      const { topic, partition, offset } = finding;
      throw new ReplicationError(
        'ERG_5002',
        `a finding of ${text.length} bytes does not fit max_allowed_packet ${maxPacketBytes}`,
        { context: { topic, partition, offset: String(offset) } },
      );
    }
    if (taken.length > 0 && (bytes + text.length > maxBytes / 2 || taken.length >= MAX_ROWS_PER_STATEMENT)) {
      yield head + taken.join(',\n') + tail;
      taken = [];
      bytes = 0;
    }
    taken.push(text);
    bytes += text.length;
  }
  yield head + taken.join(',\n') + tail;
}

function placeOf({ pipeline, topic, topicEpoch, partition, offset }: Finding): readonly (string | number | bigint)[] {
  return [textLiteral(pipeline), textLiteral(topic), topicEpoch, partition, offset];
}

/** Key and value are what their rows hold one behind the other; nothing is NULL in a later row that is not in the first. */
function buildRecordRows(finding: Finding): readonly Row[] {
  const { recordKey, recordValue } = finding;
  const parts = Math.max(1, Math.ceil(Math.max(recordKey?.length ?? 0, recordValue?.length ?? 0) / PART_BYTES));
  return Array.from({ length: parts }, (_, part) => {
    const start = part * PART_BYTES;
    const cut = (bytes: Buffer | null) => bytes?.subarray(start, start + PART_BYTES) ?? null;
    const values = [...placeOf(finding), start, bytesLiteral(cut(recordKey)), bytesLiteral(cut(recordValue))];
    return { finding, text: `(${values.join(', ')})` };
  });
}

function buildFindingRow(finding: Finding): Row {
  const text = `(${[
    ...placeOf(finding),
    finding.payloadIndex,
    textLiteral(finding.stage),
    textLiteral(finding.code),
    textLiteral(cutMiddle(finding.message, MAX_MESSAGE_BYTES)),
    nullableText(finding.table === undefined ? undefined : cutMiddle(finding.table, 64)),
    nullableText(finding.rowKey === undefined ? undefined : cutMiddle(finding.rowKey, MAX_ROW_KEY_BYTES)),
  ].join(', ')})`;
  return { finding, text };
}
