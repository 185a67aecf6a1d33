import type mysql from 'mysql2';
import { expect, test } from 'vitest';
import { MysqlConnection } from '../../../../actors/runtime/mysql-connection.ts';

/** What both servers answer after the session was set; MariaDB calls the isolation tx_isolation. */
const SESSION: Readonly<Record<string, string>> = {
  sql_mode: 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION',
  time_zone: '+00:00',
  autocommit: 'ON',
  tx_isolation: 'READ-COMMITTED',
  character_set_client: 'utf8mb4',
  character_set_connection: 'utf8mb4',
  character_set_results: 'utf8mb4',
  innodb_lock_wait_timeout: '5',
  lock_wait_timeout: '5',
  max_allowed_packet: '67108864',
};

function assertSession(changed: Readonly<Record<string, string>>, readOnly?: boolean): MysqlConnection {
  const driver = { on: () => driver } as unknown as mysql.Connection; // nothing else is used before a query
  const connection = new MysqlConnection(driver);
  const session = { ...SESSION, ...changed };
  connection.assertSession(
    Object.entries(session).map(([name, value]) => ({ Variable_name: name, Value: value })),
    readOnly,
  );
  return connection;
}

test('a session that reads back as it was set is accepted, and tells the largest packet', () => {
  expect(assertSession({}).maxPacketBytes).toBe(67_108_864);
});

test.each([
  ['sql_mode', `${SESSION['sql_mode']},NO_BACKSLASH_ESCAPES`],
  ['sql_mode', ''],
  ['time_zone', 'SYSTEM'],
  ['autocommit', 'OFF'],
  ['unique_checks', 'OFF'],
  ['foreign_key_checks', 'OFF'],
  ['sql_safe_updates', 'ON'],
  ['sql_auto_is_null', 'ON'],
  ['sql_log_bin', 'OFF'],
  ['tx_read_only', 'ON'],
  ['transaction_read_only', 'ON'],
  ['tx_isolation', 'REPEATABLE-READ'],
  ['transaction_isolation', 'REPEATABLE-READ'],
  ['character_set_connection', 'latin1'],
  ['character_set_client', 'latin1'],
  ['character_set_results', 'latin1'],
  ['innodb_lock_wait_timeout', '50'],
  ['lock_wait_timeout', '86400'],
])('a session with %s changed to "%s" is refused', (name, value) => {
  expect(() => assertSession({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'ERGATE_SESSION', fatal: true }),
  );
});

test('one that is to write nothing has to read back as such', () => {
  expect(assertSession({ tx_read_only: 'ON' }, true).maxPacketBytes).toBe(67_108_864);
  expect(() => assertSession({ tx_read_only: 'OFF' }, true)).toThrow(
    expect.objectContaining({ code: 'ERGATE_SESSION', fatal: true }),
  );
});
