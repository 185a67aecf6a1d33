import type { MysqlFailure } from './mysql-connection.ts';

/**
 * Answers of a MySQL-family server that no retry changes: log-in, rights, names that do not exist, sizes.
 * For readers and for our own tables; what a write to a target means is told by the target's own, larger table.
 */
const REFUSALS: ReadonlySet<number> = new Set([
  1044, // access to the schema denied
  1045, // access denied
  1049, // unknown schema
  1054, // unknown column
  1064, // syntax
  1142, // command denied on the table
  1143, // command denied on the column
  1146, // unknown table
  1153, // packet too large
  1227, // a privilege is missing
  1251, // authentication plugin not supported by the client
  1301, // result larger than max_allowed_packet
  1406, // value too long
  1698, // access denied by plugin
]);

export function isMysqlRefusal(error: unknown): boolean {
  const errno = (error as MysqlFailure | undefined)?.errno; // read as a subset of whatever was thrown
  return errno !== undefined && REFUSALS.has(errno);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
