/**
 * What an error of a MySQL-family server or of the driver means, by number, SQL state and driver code; never by its
 * text, which differs between servers, versions and languages. The driver's own `code` is wrong for errors of MariaDB
 * that it does not know (4025) and missing for some (1969), so numbers come first. High numbers mean different things at
 * MariaDB and at MySQL, so the version that the server stated decides which table is asked.
 */
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { MysqlFailure } from '../../runtime/mysql-connection.ts';
import { indexErrorTable } from '../error-table.ts';
import { FAMILY_ERRORS, FAMILY_SESSION_LOST } from './family-error-table.ts';
import { detectFlavour } from './flavour.ts';
import { MARIADB_ERRORS, MARIADB_SESSION_LOST } from './mariadb-error-table.ts';
import { MYSQL_ERRORS, MYSQL_SESSION_LOST } from './mysql-error-table.ts';

interface Numbers {
  readonly codes: ReadonlyMap<number, ErrorCode>;
  readonly lost: ReadonlySet<number>;
}

const MARIADB: Numbers = {
  codes: indexErrorTable(FAMILY_ERRORS, MARIADB_ERRORS),
  lost: new Set([...FAMILY_SESSION_LOST, ...MARIADB_SESSION_LOST]),
};
const MYSQL: Numbers = {
  codes: indexErrorTable(FAMILY_ERRORS, MYSQL_ERRORS),
  lost: new Set([...FAMILY_SESSION_LOST, ...MYSQL_SESSION_LOST]),
};
/** Of a server that refused the log-in before it was known; what is in either table means only one thing then. */
const UNTOLD: Numbers = {
  codes: indexErrorTable(FAMILY_ERRORS, MARIADB_ERRORS, MYSQL_ERRORS),
  lost: new Set([...MARIADB.lost, ...MYSQL.lost]),
};

const CONNECTION_CODES = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'ERGATE_DESTROYED',
  'ERGATE_CLOSED',
]);

/** SQL state class 08: connection exception. */
const CONNECTION_STATE = '08';

export interface FailurePlace {
  /** What we were doing, for people: "write", "take fence". */
  readonly doing: string;
  /** True when a statement had been handed to the driver, so that the server may have carried it out. */
  readonly sent: boolean;
  readonly shard: string;
}

/**
 * The code of an error. A number that is not in the table is ERG_3099 when something was sent, so that a row may be the reason,
 * else ERG_3098.
 */
export function classifyMysqlError(error: MysqlFailure, sent: boolean): ErrorCode {
  if (error.code === 'ERGATE_DEADLINE') {
    return sent ? 'ERG_3003' : 'ERG_3001';
  }
  if (error.code === 'ERGATE_SESSION') {
    return 'ERG_3506';
  }
  const errno = error.errno ?? 0;
  const { codes, lost } = numbersOf(error.serverVersion);
  const known = codes.get(errno);
  if (known !== undefined) {
    return known;
  }
  if (lost.has(errno) || isConnectionFailure(error)) {
    return sent && error.code !== 'ERGATE_CLOSED' ? 'ERG_3002' : 'ERG_3001';
  }
  return errno > 0 ? unknownNumber(sent) : 'ERG_9000';
}

function numbersOf(version: string | undefined): Numbers {
  if (version === undefined) {
    return UNTOLD;
  }
  return detectFlavour(version).name === 'MariaDB' ? MARIADB : MYSQL;
}

function unknownNumber(sent: boolean): ErrorCode {
  return sent ? 'ERG_3099' : 'ERG_3098';
}

/** The driver gives a dead connection no number, or a negative one of the operating system. */
function isConnectionFailure({ code, errno = 0, sqlState = '', fatal }: MysqlFailure): boolean {
  return (
    (code !== undefined && CONNECTION_CODES.has(code)) ||
    sqlState.startsWith(CONNECTION_STATE) ||
    (errno <= 0 && fatal === true)
  );
}

/**
 * The coded form of an error of the driver. The server's text stays in `cause` only, because it quotes values.
 */
export function codeMysqlError(error: unknown, place: FailurePlace): ReplicationError {
  if (error instanceof ReplicationError) {
    return error;
  }
  const failed: MysqlFailure = error instanceof Error ? error : new Error(String(error));
  const code = classifyMysqlError(failed, place.sent);
  const { errno = 0, sqlState = '' } = failed;
  const answer = errno > 0 ? `error ${errno} (${sqlState})` : (failed.code ?? failed.message);
  return new ReplicationError(code, `${place.doing} at ${place.shard}: ${answer}`, {
    cause: error,
    context: { shard: place.shard, errno, sqlState },
  });
}

/** True when the connection must not be used again: nobody knows what the server still does on it. */
export function endsConnection(code: ErrorCode): boolean {
  return code === 'ERG_3001' || code === 'ERG_3002' || code === 'ERG_3003';
}

/**
 * True when a new session may succeed where this one keeps failing: rights in a schema are those of the moment when the session
 * chose it, and a server that became read-only may have been replaced under its address.
 */
export function asksForNewSession(code: ErrorCode): boolean {
  return code === 'ERG_3501' || code === 'ERG_3007';
}
