/**
 * How the sessions that write for one partition are found at the server, without any privilege: each holds a named lock
 * whose name has the hash of what it writes for and its own connection id. A lock ends with its session, at the earliest
 * when the session's transaction is over, so a label that is held is a session that may still write, and one that is
 * free is a session that is gone for good. A connection id that a restarted server gives out again holds no label.
 */
import { createHash } from 'node:crypto';

/** Both servers allow 64 characters: 7 + 24 + 1 + 20 digits of an id fit. */
const HASH_LENGTH = 24;

export interface WriterScope {
  readonly database: string;
  readonly pipeline: string;
  readonly partition: number;
}

/** The label without the connection id. */
export function writerLabelPrefix({ database, pipeline, partition }: WriterScope): string {
  const text = JSON.stringify([database, pipeline, partition]);
  return `ergate:${createHash('sha256').update(text).digest('hex').slice(0, HASH_LENGTH)}:`;
}

export function holdLabelSql(prefix: string): string {
  return `SELECT GET_LOCK(CONCAT('${prefix}', CONNECTION_ID()), 0) AS held`;
}

/** Connection ids of all sessions with the label; sees those of the same database user. */
export function findLabelledSql(prefix: string): string {
  return `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE IS_USED_LOCK(CONCAT('${prefix}', ID)) = ID`;
}

/** 1 when the session is gone within the wait; the lock taken by asking has to be given back. */
export function awaitGoneSql(prefix: string, connectionId: number, waitSeconds: number): string {
  return `SELECT GET_LOCK('${prefix}${connectionId}', ${waitSeconds}) AS gone`;
}

export function releaseLabelSql(prefix: string, connectionId: number): string {
  return `DO RELEASE_LOCK('${prefix}${connectionId}')`;
}
