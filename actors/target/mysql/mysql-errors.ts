/**
 * What an error of a MySQL-family server or of the driver means, by number, SQL state and driver code; never by its
 * text, which differs between servers, versions and languages. The driver's own `code` is wrong for errors of MariaDB
 * that it does not know (4025) and missing for some (1969), so numbers come first.
 */
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { MysqlFailure } from '../../runtime/mysql-connection.ts';

const CODE_BY_ERRNO: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries({
    ERG_3004: [1213, 1020],
    ERG_3005: [1205, 3572],
    ERG_3006: [1317, 1969, 3024, 1028],
    ERG_3007: [1290, 1836, 1792, 1874],
    ERG_3008: [1040, 1203, 1226],
    ERG_3009: [1021, 1114, 1030, 3675],
    ERG_3201: [1406],
    ERG_3202: [1264, 1690],
    ERG_3203: [1265, 1292, 1366, 1367, 1411, 1416, 1525, 3854],
    ERG_3204: [1048, 1364, 1242],
    ERG_3205: [3140, 3141, 3144, 3150, 3151, 3157, 3819, 4025, 4038],
    ERG_3206: [1216, 1217, 1451, 1452],
    ERG_3207: [1022, 1062, 1169, 1586],
    ERG_3208: [1118, 1369, 1393, 1394, 1442, 1526, 1571, 1644, 1748],
    ERG_3305: [1153, 1301],
    ERG_3401: [1054, 1136, 1412, 1110],
    ERG_3402: [1146, 1051],
    ERG_3501: [1142, 1143, 1044, 1095, 1227, 1370, 1410],
    ERG_3502: [1045, 1049, 1251, 1698, 1130, 1862, 3118, 4151],
    ERG_3507: [1210, 1295, 1419, 1665],
    ERG_3901: [1064, 1149, 1390, 1065, 1111],
  } satisfies Partial<Record<ErrorCode, readonly number[]>>).flatMap(
    ([code, numbers]) => numbers.map((errno): [number, ErrorCode] => [errno, code as ErrorCode]), // keys of the literal above
  ),
);

/** The session is over: the server ended it or the network did. 1180: a commit failed half-way. */
const SESSION_LOST = new Set([
  1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 1927, 2006, 2013, 2055, 3169, 4031,
]);

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

/** The code of an error; ERG_3099 for a server error that is not in the table. */
export function classifyMysqlError(error: MysqlFailure, sent: boolean): ErrorCode {
  if (error.code === 'ERGATE_DEADLINE') {
    return sent ? 'ERG_3003' : 'ERG_3001';
  }
  if (error.code === 'ERGATE_SESSION') {
    return 'ERG_3506';
  }
  const errno = error.errno ?? 0;
  const known = CODE_BY_ERRNO.get(errno);
  if (known !== undefined) {
    return known;
  }
  if (SESSION_LOST.has(errno) || isConnectionFailure(error)) {
    return sent && error.code !== 'ERGATE_CLOSED' ? 'ERG_3002' : 'ERG_3001';
  }
  return errno > 0 ? 'ERG_3099' : 'ERG_9000';
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
