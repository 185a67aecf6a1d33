import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CaptureSettings } from '../../protocol/settings/settings-schema.ts';
import { type MysqlConnection, type MysqlRow, type MysqlServer, openMysql } from '../runtime/mysql-connection.ts';
import type { SourceColumn, SourceColumns } from './binlog-reader.ts';
import type { CaptureSource, LogFile, SourceSurvey } from './capture-source.ts';
import { readCharacters } from './read-characters.ts';
import { asCaptureError } from './source-errors.ts';
import { ZongjiBinlogReader } from './zongji-binlog-reader.ts';

const DEADLINE_MS = 10_000;

/** What the log has to be like; a setting that the server does not know is missing from its answer. */
const EXPECTED: Readonly<Record<string, string>> = {
  log_bin: 'ON',
  binlog_format: 'ROW',
  binlog_row_image: 'FULL',
  binlog_row_metadata: 'FULL',
  binlog_row_value_options: '',
  binlog_transaction_compression: 'OFF',
};

export function createMysqlCaptureSource(server: MysqlServer, settings: CaptureSettings): CaptureSource {
  const recordKeys = new Map(Object.entries(settings.tables).map(([table, { recordKey }]) => [table, recordKey]));
  return {
    survey: () => surveySource(server, [...recordKeys.keys()]),
    openReader: (definitions, handler) =>
      new ZongjiBinlogReader({
        server,
        serverId: settings.serverId,
        recordKeys,
        definitions,
        handler,
        heartbeatMs: settings.heartbeat,
      }),
  };
}

async function surveySource(server: MysqlServer, tables: readonly string[]): Promise<SourceSurvey> {
  try {
    const connection = await openMysql(server, { deadlineMs: DEADLINE_MS });
    try {
      await assertLogSettings(connection);
      const logs = (await connection.query('SHOW BINARY LOGS', DEADLINE_MS)).map(readLogFile);
      const rows = await selectColumns(connection, tables);
      const characters = await readCharacters(connection, listCharacterSets(rows));
      return { logs, columns: groupColumns(rows), characters };
    } finally {
      connection.destroy();
    }
  } catch (error) {
    throw asCaptureError(error);
  }
}

async function assertLogSettings(connection: MysqlConnection): Promise<void> {
  const names = Object.keys(EXPECTED).map((name) => `'${name}'`);
  const rows = await connection.query(
    `SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names.join(', ')})`,
    DEADLINE_MS,
  );
  for (const row of rows) {
    const name = String(row['Variable_name']).toLowerCase();
    const expected = EXPECTED[name];
    if (String(row['Value']).toUpperCase() !== expected) {
      throw new ReplicationError('ERG_1503', `expected ${name}=${expected}, got ${row['Value']}`);
    }
  }
  if (!rows.some((row) => String(row['Variable_name']).toLowerCase() === 'binlog_row_metadata')) {
    throw new ReplicationError(
      'ERG_1503',
      'expected a server that knows binlog_row_metadata (MariaDB 10.5, MySQL 8.0)',
    );
  }
}

function readLogFile(row: MysqlRow): LogFile {
  return { name: String(row['Log_name']), bytes: Number(row['File_size']) };
}

function selectColumns(connection: MysqlConnection, tables: readonly string[]): Promise<readonly MysqlRow[]> {
  const names = tables.map((table) => `_utf8mb4 x'${Buffer.from(table, 'utf8').toString('hex')}'`);
  return connection.query(
    `SELECT TABLE_NAME AS table_name, COLUMN_NAME AS column_name, DATA_TYPE AS data_type, COLUMN_TYPE AS column_type,
      EXTRA AS extra, CHARACTER_SET_NAME AS character_set
    FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${names.join(', ')})`,
    DEADLINE_MS,
  );
}

function listCharacterSets(rows: readonly MysqlRow[]): readonly string[] {
  return rows.flatMap((row) => (typeof row['character_set'] === 'string' ? [row['character_set']] : []));
}

function groupColumns(rows: readonly MysqlRow[]): SourceColumns {
  const columns = new Map<string, Map<string, SourceColumn>>();
  for (const row of rows) {
    const table = String(row['table_name']);
    const ofTable = columns.get(table) ?? new Map<string, SourceColumn>();
    const column = readColumn(row);
    ofTable.set(column.name, column);
    columns.set(table, ofTable);
  }
  return columns;
}

function readColumn(row: MysqlRow): SourceColumn {
  return {
    name: String(row['column_name']),
    dataType: String(row['data_type']).toLowerCase(),
    unsigned: /\bunsigned\b/i.test(String(row['column_type'])),
    virtual: /\bVIRTUAL\b/i.test(String(row['extra'])),
  };
}
