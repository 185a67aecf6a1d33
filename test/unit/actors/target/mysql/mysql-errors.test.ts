import { expect, test } from 'vitest';
import type { MysqlFailure } from '../../../../../actors/runtime/mysql-connection.ts';
import { classifyMysqlError, codeMysqlError, endsConnection } from '../../../../../actors/target/mysql/mysql-errors.ts';
import { ERROR_CODES } from '../../../../../protocol/errors/error-codes.ts';

const MARIADB = '10.11.19-MariaDB-log';
const MYSQL = '8.0.15';

/**
 * [situation, errno, sqlState, driver code, expected]; of both servers unless one is named. Which of them real servers give is
 * seen by mysql-error-numbers.contract.test.ts.
 */
const GOLDEN = [
  ['deadlock', 1213, '40001', 'ER_LOCK_DEADLOCK', 'ERG_3004'],
  ['record changed since the last read', 1020, 'HY000', 'ER_CHECKREAD', 'ERG_3004'],
  ['lock wait', 1205, 'HY000', 'ER_LOCK_WAIT_TIMEOUT', 'ERG_3005'],
  ['lock not waited for (MySQL)', 3572, 'HY000', 'ER_LOCK_NOWAIT', 'ERG_3005'],
  ['statement killed', 1317, '70100', 'ER_QUERY_INTERRUPTED', 'ERG_3006'],
  ['time limit (MariaDB); the driver has no code for it', 1969, '70100', undefined, 'ERG_3006'],
  ['time limit (MySQL)', 3024, 'HY000', 'ER_QUERY_TIMEOUT', 'ERG_3006'],
  ['read-only option', 1290, 'HY000', 'ER_OPTION_PREVENTS_STATEMENT', 'ERG_3007'],
  ['read-only (MySQL)', 1836, 'HY000', 'ER_READ_ONLY_MODE', 'ERG_3007'],
  ['read-only transaction', 1792, '25006', 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION', 'ERG_3007'],
  ['too many connections', 1040, '08004', 'ER_CON_COUNT_ERROR', 'ERG_3008'],
  ['too many of this user', 1203, '42000', 'ER_TOO_MANY_USER_CONNECTIONS', 'ERG_3008'],
  ['limit of the user', 1226, '42000', 'ER_USER_LIMIT_REACHED', 'ERG_3008'],
  ['disk full', 1021, 'HY000', 'ER_DISK_FULL', 'ERG_3009'],
  ['table full', 1114, 'HY000', 'ER_RECORD_FILE_FULL', 'ERG_3009'],
  ['error of the storage engine', 1030, 'HY000', 'ER_GET_ERRNO', 'ERG_3009'],
  ['too long', 1406, '22001', 'ER_DATA_TOO_LONG', 'ERG_3201'],
  ['out of range', 1264, '22003', 'ER_WARN_DATA_OUT_OF_RANGE', 'ERG_3202'],
  ['truncated', 1265, '01000', 'WARN_DATA_TRUNCATED', 'ERG_3203'],
  ['wrong value', 1292, '22007', 'ER_TRUNCATED_WRONG_VALUE', 'ERG_3203'],
  ['wrong value for the column', 1366, '22007', 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 'ERG_3203'],
  ['NULL in NOT NULL', 1048, '23000', 'ER_BAD_NULL_ERROR', 'ERG_3204'],
  ['no default', 1364, 'HY000', 'ER_NO_DEFAULT_FOR_FIELD', 'ERG_3204'],
  ['our own raise', 1242, '21000', 'ER_SUBQUERY_NO_1_ROW', 'ERG_3204'],
  [
    'check (MariaDB); the driver names another error',
    4025,
    '23000',
    'ER_INNODB_AUTOEXTEND_SIZE_OUT_OF_RANGE',
    'ERG_3205',
  ],
  ['check (MySQL)', 3819, 'HY000', 'ER_CHECK_CONSTRAINT_VIOLATED', 'ERG_3205'],
  ['JSON (MySQL)', 3140, '22032', 'ER_INVALID_JSON_TEXT', 'ERG_3205'],
  ['no parent', 1452, '23000', 'ER_NO_REFERENCED_ROW_2', 'ERG_3206'],
  ['still a child', 1451, '23000', 'ER_ROW_IS_REFERENCED_2', 'ERG_3206'],
  ['duplicate key', 1062, '23000', 'ER_DUP_ENTRY', 'ERG_3207'],
  ['signal of a trigger', 1644, '45000', 'ER_SIGNAL_EXCEPTION', 'ERG_3208'],
  ['row too large', 1118, '42000', 'ER_TOO_BIG_ROWSIZE', 'ERG_3208'],
  ['no partition', 1526, 'HY000', 'ER_NO_PARTITION_FOR_GIVEN_VALUE', 'ERG_3208'],
  ['packet too large', 1153, '08S01', 'ER_NET_PACKET_TOO_LARGE', 'ERG_3305'],
  ['unknown column', 1054, '42S22', 'ER_BAD_FIELD_ERROR', 'ERG_3401'],
  ['table changed', 1412, 'HY000', 'ER_TABLE_DEF_CHANGED', 'ERG_3401'],
  ['unknown table', 1146, '42S02', 'ER_NO_SUCH_TABLE', 'ERG_3402'],
  ['no right on the table', 1142, '42000', 'ER_TABLEACCESS_DENIED_ERROR', 'ERG_3501'],
  ['no right on the schema', 1044, '42000', 'ER_DBACCESS_DENIED_ERROR', 'ERG_3501'],
  ['no right', 1227, '42000', 'ER_SPECIFIC_ACCESS_DENIED_ERROR', 'ERG_3501'],
  ['log-in refused', 1045, '28000', 'ER_ACCESS_DENIED_ERROR', 'ERG_3502'],
  ['unknown schema', 1049, '42000', 'ER_BAD_DB_ERROR', 'ERG_3502'],
  ['syntax', 1064, '42000', 'ER_PARSE_ERROR', 'ERG_3901'],
  ['too many placeholders', 1390, 'HY000', 'ER_PS_MANY_PARAM', 'ERG_3901'],
  ['host is blocked', 1129, 'HY000', 'ER_HOST_IS_BLOCKED', 'ERG_3502'],
  ['password has to be changed', 1820, 'HY000', 'ER_MUST_CHANGE_PASSWORD', 'ERG_3502'],
  ['account locked (MariaDB)', 4151, 'HY000', undefined, 'ERG_3502'],
  ['account locked (MySQL)', 3118, 'HY000', 'ER_ACCOUNT_HAS_BEEN_LOCKED', 'ERG_3502'],
] as const;

function serversOf(situation: string): readonly string[] {
  return [MARIADB, MYSQL].filter((version) => !situation.includes(version === MARIADB ? '(MySQL)' : '(MariaDB)'));
}

test.each(GOLDEN)('%s (%i) is classified by its number', (...[situation, errno, sqlState, code, expected]) => {
  for (const serverVersion of [...serversOf(situation), undefined]) {
    const failed: MysqlFailure = Object.assign(
      new Error('x'),
      { errno, sqlState },
      code === undefined ? {} : { code },
      serverVersion === undefined ? {} : { serverVersion },
    );
    expect(classifyMysqlError(failed, true)).toBe(expected);
    expect(classifyMysqlError(failed, false)).toBe(expected);
  }
  expect(endsConnection(expected)).toBe(false);
});

test.each([
  ['4025 is a check at MariaDB and not at MySQL', 4025, 'ERG_3205', 'ERG_3099'],
  ['4031 is a lost session at MySQL and not at MariaDB', 4031, 'ERG_3099', 'ERG_3002'],
  ['1969 is a time limit at MariaDB and nothing at MySQL', 1969, 'ERG_3006', 'ERG_3099'],
])('%s', (_, errno, atMariadb, atMysql) => {
  const at = (serverVersion: string) =>
    classifyMysqlError(Object.assign(new Error('x'), { errno, sqlState: 'HY000', serverVersion }), true);
  expect([at(MARIADB), at(MYSQL)]).toEqual([atMariadb, atMysql]);
});

test('a number that nobody knows may be a row’s fault only when a row was sent', () => {
  const failed = Object.assign(new Error('x'), { errno: 9999, sqlState: 'HY000', code: 'ER_WHAT' });
  expect(classifyMysqlError(failed, true)).toBe('ERG_3099');
  expect(classifyMysqlError(failed, false)).toBe('ERG_3098');
});

/** [situation, fields, when a statement was sent, when none was] */
const LOST: readonly (readonly [string, Partial<MysqlFailure>, string, string])[] = [
  ['closed by the server', { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }, 'ERG_3002', 'ERG_3001'],
  ['closed, without a code', { fatal: true }, 'ERG_3002', 'ERG_3001'],
  ['reset', { code: 'ECONNRESET', errno: -104, fatal: true }, 'ERG_3002', 'ERG_3001'],
  ['broken pipe', { code: 'EPIPE', errno: -32, fatal: true }, 'ERG_3002', 'ERG_3001'],
  ['refused', { code: 'ECONNREFUSED', errno: -111, fatal: true }, 'ERG_3002', 'ERG_3001'],
  ['timed out', { code: 'ETIMEDOUT', fatal: true }, 'ERG_3002', 'ERG_3001'],
  ['connection killed', { errno: 1927, sqlState: '70100' }, 'ERG_3002', 'ERG_3001'],
  ['server goes down', { errno: 1053, sqlState: '08S01' }, 'ERG_3002', 'ERG_3001'],
  ['commit failed half-way', { errno: 1180, sqlState: 'HY000' }, 'ERG_3002', 'ERG_3001'],
  ['idle too long (MySQL)', { errno: 4031, sqlState: 'HY000' }, 'ERG_3002', 'ERG_3001'],
  ['a class 08 that nobody knows', { errno: 8888, sqlState: '08S99' }, 'ERG_3002', 'ERG_3001'],
  ['destroyed by us', { code: 'ERGATE_DESTROYED', fatal: true }, 'ERG_3002', 'ERG_3001'],
  ['closed before it was sent', { code: 'ERGATE_CLOSED', fatal: true }, 'ERG_3001', 'ERG_3001'],
  ['no answer in time', { code: 'ERGATE_DEADLINE', fatal: true }, 'ERG_3003', 'ERG_3001'],
];

test.each(LOST)('%s is unknown when something was sent, else transient', (_situation, fields, sent, unsent) => {
  const failed = Object.assign(new Error('x'), fields);
  expect(classifyMysqlError(failed, true)).toBe(sent);
  expect(classifyMysqlError(failed, false)).toBe(unsent);
  expect(endsConnection(classifyMysqlError(failed, true))).toBe(true);
});

test('a session that is not as it was set is a matter of configuration, and another error is ours', () => {
  expect(classifyMysqlError(Object.assign(new Error('x'), { code: 'ERGATE_SESSION' }), false)).toBe('ERG_3506');
  expect(classifyMysqlError(new TypeError('x'), true)).toBe('ERG_9000');
});

test('the text of the server, which quotes values, is in the cause alone', () => {
  const failed = Object.assign(new Error("Duplicate entry 'secret' for key 'x'"), { errno: 1062, sqlState: '23000' });
  const coded = codeMysqlError(failed, { doing: 'write', sent: true, shard: 's1' });
  expect(coded.message).toBe('ERG_3207: write at s1: error 1062 (23000)');
  expect(coded.context).toEqual({ shard: 's1', errno: 1062, sqlState: '23000' });
  expect(coded.cause).toBe(failed);
  expect(ERROR_CODES[coded.code].class).toBe('row');
});
