import type { ErrorCode } from '../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { cutMiddle } from './cut-middle.ts';
import type { Finding, FindingCounts, FindingStore } from './finding.ts';
import { asStateError } from './state-errors.ts';
import { bytesLiteral, nullableText, textLiteral } from './state-literal.ts';

const DEADLINE_MS = 10_000;
const MAX_MESSAGE_BYTES = 4_096;
/** TEXT; a row key may be as long as the columns it is made of. */
const MAX_ROW_KEY_BYTES = 65_535;
const MAX_ROWS_PER_STATEMENT = 500;

const HEAD = `INSERT INTO ergate_finding (pipeline, topic, partition_no, offset_no, payload_index, stage, code, message,
  table_name, row_key, record_key, record_value) VALUES\n`;
/** The same record read again finds the same thing; what was found first stays. */
const KEEP_FIRST = '\nON DUPLICATE KEY UPDATE pipeline = ergate_finding.pipeline';

export class MysqlFindingStore implements FindingStore {
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
 * Statements that each fit the server's packet. @throws ReplicationError ERG_5002 when one finding alone does not.
 *
 * @param maxPacketBytes the server's max_allowed_packet
 */
export function* buildInserts(findings: readonly Finding[], maxPacketBytes: number): Generator<string> {
  const maxBytes = maxPacketBytes - 1_024; // packet header, head and tail of the statement
  let rows: string[] = [];
  let bytes = 0;
  for (const finding of findings) {
    const row = buildRow(finding); // ASCII only: its length is its bytes
    if (row.length > maxBytes) {
      throw new ReplicationError(
        'ERG_5002',
        `a finding of ${row.length} bytes does not fit max_allowed_packet ${maxPacketBytes}`,
        { context: { topic: finding.topic, partition: finding.partition, offset: String(finding.offset) } },
      );
    }
    if (rows.length > 0 && (bytes + row.length > maxBytes / 2 || rows.length >= MAX_ROWS_PER_STATEMENT)) {
      yield HEAD + rows.join(',\n') + KEEP_FIRST;
      rows = [];
      bytes = 0;
    }
    rows.push(row);
    bytes += row.length;
  }
  yield HEAD + rows.join(',\n') + KEEP_FIRST;
}

function buildRow(finding: Finding): string {
  return `(${[
    textLiteral(finding.pipeline),
    textLiteral(finding.topic),
    finding.partition,
    finding.offset,
    finding.payloadIndex,
    textLiteral(finding.stage),
    textLiteral(finding.code),
    textLiteral(cutMiddle(finding.message, MAX_MESSAGE_BYTES)),
    nullableText(finding.table === undefined ? undefined : cutMiddle(finding.table, 64)),
    nullableText(finding.rowKey === undefined ? undefined : cutMiddle(finding.rowKey, MAX_ROW_KEY_BYTES)),
    bytesLiteral(finding.recordKey),
    bytesLiteral(finding.recordValue),
  ].join(', ')})`;
}
