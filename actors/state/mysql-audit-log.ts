import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import {
  AuditChain,
  type AuditEntry,
  type AuditLog,
  type AuditNote,
  type AuditVerdict,
  hashEntry,
} from './audit-log.ts';
import { cutMiddle } from './cut-middle.ts';
import { textLiteral } from './state-literal.ts';
import { NOW_MS, type QueryFunc, StateSession } from './state-session.ts';

const PAGE = 1_000;
const MAX_ACTOR = 100;
const MAX_TEXT = 500;
const COLUMNS = 'id, at_ms, actor, action, object, reason, detail, previous_sha256, sha256';

export class MysqlAuditLog implements AuditLog {
  readonly #session: StateSession;

  constructor(pool: MysqlPool) {
    this.#session = new StateSession(pool);
  }

  add(note: AuditNote): Promise<void> {
    return this.#session.transaction((query) => appendAudit(query, note));
  }

  async list(limit: number, beforeId: number | undefined): Promise<readonly AuditEntry[]> {
    const older = beforeId === undefined ? '' : `WHERE id < ${beforeId}`;
    const rows = await this.#session.query(
      `SELECT ${COLUMNS} FROM ergate_audit ${older} ORDER BY id DESC LIMIT ${limit}`,
    );
    return rows.map(readEntry);
  }

  /** The head first: entries that are added meanwhile are not looked at. */
  async verify(): Promise<AuditVerdict> {
    const [row] = await this.#session.query('SELECT last_id, last_sha256 FROM ergate_audit_head WHERE only_one = 1');
    const chain = new AuditChain();
    if (row === undefined) {
      return { entries: 0, head: chain.head, problem: 'the head of the chain is missing' };
    }
    const head = { lastId: Number(row['last_id']), sha256: String(row['last_sha256']) };
    let problem: string | undefined;
    let afterId = 0;
    while (problem === undefined && afterId < head.lastId) {
      const page = await this.#readPage(afterId, head.lastId);
      for (const entry of page) {
        problem ??= chain.take(entry);
      }
      if (page.length < PAGE) {
        break;
      }
      afterId = page.at(-1)?.id ?? head.lastId;
    }
    return { entries: chain.length, head: chain.head, problem: problem ?? chain.end(head) };
  }

  async #readPage(afterId: number, lastId: number): Promise<readonly AuditEntry[]> {
    const rows = await this.#session.query(`SELECT ${COLUMNS} FROM ergate_audit
      WHERE id > ${afterId} AND id <= ${lastId} ORDER BY id LIMIT ${PAGE}`);
    return rows.map(readEntry);
  }
}

/**
 * In the transaction of what it tells of, as its last statement: all who add wait for each other from here to their commit.
 */
export async function appendAudit(query: QueryFunc, note: AuditNote): Promise<void> {
  const [head] = await query(`SELECT last_id, last_sha256, ${NOW_MS} AS now_ms FROM ergate_audit_head
    WHERE only_one = 1 FOR UPDATE`);
  if (head === undefined) {
    throw new ReplicationError('ERG_5005', 'the head of the audit is missing, so that nothing can be added to it');
  }
  const entry = {
    id: Number(head['last_id']) + 1,
    atMs: Number(head['now_ms']),
    actor: cutMiddle(note.actor.toWellFormed(), MAX_ACTOR),
    action: note.action,
    object: cutMiddle(note.object.toWellFormed(), MAX_TEXT),
    reason: cutMiddle(note.reason.toWellFormed(), MAX_TEXT),
    detail: JSON.stringify(note.detail).toWellFormed(),
    previousSha256: String(head['last_sha256']),
  };
  const sha256 = hashEntry(entry);
  const texts = [entry.actor, entry.action, entry.object, entry.reason, entry.detail, entry.previousSha256, sha256];
  await query(`INSERT INTO ergate_audit (${COLUMNS})
    VALUES (${entry.id}, ${entry.atMs}, ${texts.map(textLiteral).join(', ')})`);
  await query(`UPDATE ergate_audit_head SET last_id = ${entry.id}, last_sha256 = '${sha256}' WHERE only_one = 1`);
}

function readEntry(row: MysqlRow): AuditEntry {
  return {
    id: Number(row['id']),
    atMs: Number(row['at_ms']),
    actor: String(row['actor']),
    action: String(row['action']),
    object: String(row['object']),
    reason: String(row['reason']),
    detail: String(row['detail']),
    previousSha256: String(row['previous_sha256']),
    sha256: String(row['sha256']),
  };
}
