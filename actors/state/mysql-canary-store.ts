import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { type Canary, type CanaryPlace, type CanaryRecord, type CanaryStore, NO_CANARY } from './canary-store.ts';
import { cutMiddle } from './cut-middle.ts';
import { appendAudit } from './mysql-audit-log.ts';
import { nullableText, textLiteral } from './state-literal.ts';
import { NOW_MS, type QueryFunc, StateSession } from './state-session.ts';

const MAX_REASON = 1_000;

export class MysqlCanaryStore implements CanaryStore {
  readonly #session: StateSession;

  constructor(pool: MysqlPool) {
    this.#session = new StateSession(pool);
  }

  async load(pipeline: string): Promise<CanaryRecord & { readonly nowMs: number }> {
    const [row] = await this.#session.query(`SELECT ${NOW_MS} AS now_ms, c.* FROM (SELECT 1) one
      LEFT JOIN ergate_canary c ON c.pipeline = ${textLiteral(pipeline)}`);
    const record = row === undefined || row['pipeline'] === null ? NO_CANARY : readRecord(row);
    return { ...record, nowMs: Number(row?.['now_ms']) };
  }

  async save({ pipeline, placeEpoch }: CanaryPlace, record: CanaryRecord): Promise<void> {
    await this.#session.transaction(async (query) => {
      const before = await holdPlace(query, { pipeline, placeEpoch });
      await writeRecord(query, pipeline, record);
      if (record.current?.state === 'planted' && before.current?.state === 'planned') {
        await noteDamage(query, pipeline, record.current);
      }
      await noteIncident(query, pipeline, { before, record });
    });
  }
}

async function writeRecord(query: QueryFunc, pipeline: string, record: CanaryRecord): Promise<void> {
  const { turn, current, plannedMs, foundMs, missedMs, reason } = record;
  const numberOf = (ms: number | null) => ms ?? 'NULL';
  await query(`UPDATE ergate_canary SET turn = ${turn}, planned_ms = ${numberOf(plannedMs)},
      found_ms = ${numberOf(foundMs)}, missed_ms = ${numberOf(missedMs)},
      canary = ${nullableText(current === null ? undefined : JSON.stringify(current))},
      reason = ${nullableText(reason === null ? undefined : cutMiddle(reason, MAX_REASON))}
    WHERE pipeline = ${textLiteral(pipeline)}`);
}

async function noteIncident(
  query: QueryFunc,
  pipeline: string,
  { before, record }: { readonly before: CanaryRecord; readonly record: CanaryRecord },
): Promise<void> {
  const { current, foundMs, missedMs, reason } = record;
  if (foundMs !== null && foundMs !== before.foundMs) {
    await query(`UPDATE ergate_incident SET is_open = NULL, closed_ms = ${NOW_MS}, closed_by = 'canary'
      WHERE pipeline = ${textLiteral(pipeline)} AND kind = 'canary' AND is_open = 1`);
  }
  if (missedMs !== null && missedMs !== before.missedMs) {
    const names = [pipeline, 'canary', current?.row.table ?? '', reason ?? ''].map(textLiteral);
    await query(`INSERT INTO ergate_incident (pipeline, kind, subject, reason, opened_ms)
      VALUES (${names.join()}, ${NOW_MS}) ON DUPLICATE KEY UPDATE id = id`);
  }
}

/** @returns the record as it was @throws ReplicationError ERG_4104 */
async function holdPlace(query: QueryFunc, { pipeline, placeEpoch }: CanaryPlace): Promise<CanaryRecord> {
  const name = textLiteral(pipeline);
  await query(`INSERT INTO ergate_canary (pipeline, place_epoch, turn) VALUES (${name}, ${placeEpoch}, 0)
    ON DUPLICATE KEY UPDATE place_epoch = GREATEST(place_epoch, ${placeEpoch})`);
  const [row] = await query(`SELECT * FROM ergate_canary WHERE pipeline = ${name}`);
  if (row === undefined || Number(row['place_epoch']) !== placeEpoch) {
    const newer = Number(row?.['place_epoch']);
    throw new ReplicationError('ERG_4104', `the canaries of ${pipeline} are kept by place ${newer}, not ${placeEpoch}`);
  }
  return readRecord(row);
}

async function noteDamage(query: QueryFunc, pipeline: string, { row, change, partition }: Canary): Promise<void> {
  await appendAudit(query, {
    actor: 'canary',
    action: 'canary plant',
    object: `${pipeline} ${row.table}`,
    reason: 'damaged on purpose, for the verification to find it',
    detail: { shard: row.shard, partition, rowKey: row.rowKey, change },
  });
}

function readRecord(row: MysqlRow): CanaryRecord {
  const numberOf = (value: unknown) => ((value ?? null) === null ? null : Number(value));
  const canary = row['canary'];
  return {
    turn: Number(row['turn']),
    // Written by this class alone.
    current: typeof canary === 'string' ? (JSON.parse(canary) as Canary) : null,
    plannedMs: numberOf(row['planned_ms']),
    foundMs: numberOf(row['found_ms']),
    missedMs: numberOf(row['missed_ms']),
    reason: typeof row['reason'] === 'string' ? row['reason'] : null,
  };
}
