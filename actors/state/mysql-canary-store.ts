import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { CANARY_FINDERS, type CanaryFinder } from '../../protocol/message/canary-message.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import {
  type Canary,
  type CanaryPlace,
  type CanaryRecord,
  type CanaryStore,
  type FinderRecord,
  NO_CANARY,
} from './canary-store.ts';
import { cutMiddle } from './cut-middle.ts';
import { appendAudit } from './mysql-audit-log.ts';
import { nullableText, textLiteral } from './state-literal.ts';
import { NOW_MS, type QueryFunc, StateSession } from './state-session.ts';

const MAX_REASON = 1_000;
const COLUMNS = {
  sweeper: { found: 'found_ms', missed: 'missed_ms', reason: 'reason' },
  verifier: { found: 'verifier_found_ms', missed: 'verifier_missed_ms', reason: 'verifier_reason' },
} as const satisfies Record<CanaryFinder, object>;

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
      await noteIncidents(query, pipeline, { before, record });
    });
  }
}

async function writeRecord(query: QueryFunc, pipeline: string, record: CanaryRecord): Promise<void> {
  const { turn, current, plannedMs, by } = record;
  const ends = CANARY_FINDERS.flatMap((finder) => {
    const { found, missed, reason } = COLUMNS[finder];
    const { foundMs, missedMs, reason: told } = by[finder];
    const text = nullableText(told === null ? undefined : cutMiddle(told, MAX_REASON));
    return [`${found} = ${numberOrNull(foundMs)}`, `${missed} = ${numberOrNull(missedMs)}`, `${reason} = ${text}`];
  });
  await query(`UPDATE ergate_canary SET turn = ${turn}, planned_ms = ${numberOrNull(plannedMs)}, ${ends.join()},
      canary = ${nullableText(current === null ? undefined : JSON.stringify(current))}
    WHERE pipeline = ${textLiteral(pipeline)}`);
}

function numberOrNull(ms: number | null): string {
  return ms === null ? 'NULL' : String(ms);
}

async function noteIncidents(
  query: QueryFunc,
  pipeline: string,
  { before, record }: { readonly before: CanaryRecord; readonly record: CanaryRecord },
): Promise<void> {
  for (const finder of CANARY_FINDERS) {
    const { foundMs, missedMs, reason } = record.by[finder];
    const known = before.by[finder];
    if (foundMs !== null && foundMs !== known.foundMs) {
      // Those from before there were two finders have the name of the table alone.
      const isOfFinder = `subject ${finder === 'verifier' ? 'LIKE' : 'NOT LIKE'} '% verifier'`;
      await query(`UPDATE ergate_incident SET is_open = NULL, closed_ms = ${NOW_MS}, closed_by = 'canary'
        WHERE pipeline = ${textLiteral(pipeline)} AND kind = 'canary' AND is_open = 1 AND ${isOfFinder}`);
    }
    if (missedMs !== null && missedMs !== known.missedMs) {
      const subject = `${record.current?.row.table ?? ''} ${finder}`;
      const names = [pipeline, 'canary', subject, reason ?? ''].map(textLiteral);
      await query(`INSERT INTO ergate_incident (pipeline, kind, subject, reason, opened_ms)
        VALUES (${names.join()}, ${NOW_MS}) ON DUPLICATE KEY UPDATE id = id`);
    }
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

async function noteDamage(query: QueryFunc, pipeline: string, { row, change, partition, by }: Canary): Promise<void> {
  await appendAudit(query, {
    actor: 'canary',
    action: 'canary plant',
    object: `${pipeline} ${row.table}`,
    reason: `damaged on purpose, for the ${by} to find it`,
    detail: { shard: row.shard, partition, rowKey: row.rowKey, change },
  });
}

function readRecord(row: MysqlRow): CanaryRecord {
  const canary = row['canary'];
  return {
    turn: Number(row['turn']),
    current: typeof canary === 'string' ? readCanary(canary) : null,
    plannedMs: readNumber(row['planned_ms']),
    by: { sweeper: readEnds(row, 'sweeper'), verifier: readEnds(row, 'verifier') },
  };
}

/** Written by this class alone; without finder and version until there were two finders. */
function readCanary(text: string): Canary {
  const {
    by = 'sweeper',
    version = null,
    ...canary
  } = JSON.parse(text) as Omit<Canary, 'by' | 'version'> & Partial<Canary>;
  return { ...canary, by, version };
}

function readEnds(row: MysqlRow, finder: CanaryFinder): FinderRecord {
  const { found, missed, reason } = COLUMNS[finder];
  const told = row[reason];
  return {
    foundMs: readNumber(row[found]),
    missedMs: readNumber(row[missed]),
    reason: typeof told === 'string' ? told : null,
  };
}

function readNumber(value: unknown): number | null {
  return (value ?? null) === null ? null : Number(value);
}
