import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { SweptTable } from '../../protocol/message/verification-status.ts';
import type { MysqlConnection, MysqlRow } from '../runtime/mysql-connection.ts';
import type { MysqlPool } from '../runtime/mysql-pool.ts';
import { cutMiddle } from './cut-middle.ts';
import { readRun, readTable } from './read-sweep.ts';
import { asStateError } from './state-errors.ts';
import { nullableText, textLiteral } from './state-literal.ts';
import type { SweepOrder, SweepRun, SweepStore, TableProgress } from './sweep-store.ts';

const DEADLINE_MS = 5_000;
const MAX_REASON = 1_000;
const MAX_BY = 100;
/** Scheduled sweeps that ended before are forgotten, some at each new one. */
const KEEP_DAYS = 30;

const RUN_COLUMNS = `id, pipeline, origin, scope, state, place_epoch, reason, ordered_by,
  ROUND(UNIX_TIMESTAMP(ordered_at) * 1000) AS ordered_ms, ROUND(UNIX_TIMESTAMP(started_at) * 1000) AS started_ms,
  ROUND(UNIX_TIMESTAMP(ended_at) * 1000) AS ended_ms`;
const TABLE_COLUMNS = `sweep_id, table_name, place, row_count, target_row_count, chunk_count, suspect_count, mismatch_count,
  unjudged_count, reason, ROUND(UNIX_TIMESTAMP(ended_at) * 1000) AS ended_ms`;

type Ask = (sql: string) => Promise<readonly MysqlRow[]>;

export class MysqlSweepStore implements SweepStore {
  readonly #pool: MysqlPool;

  constructor(pool: MysqlPool) {
    this.#pool = pool;
  }

  order({ pipeline, origin, scope, by }: SweepOrder): Promise<number> {
    const isWhole = scope.keys === undefined && scope.sinceMs === undefined;
    return this.#use(async (ask) => {
      await ask(`INSERT INTO ergate_sweep (pipeline, origin, scope, is_whole, state, ordered_by)
        VALUES (${textLiteral(pipeline)}, '${origin}', ${textLiteral(JSON.stringify(scope))}, ${isWhole ? 1 : 0}, 'waiting',
          ${textLiteral(cutMiddle(by, MAX_BY))})`);
      const [inserted] = await ask('SELECT LAST_INSERT_ID() AS id');
      if (origin === 'schedule') {
        await forgetOld(ask, pipeline);
      }
      return Number(inserted?.['id']);
    });
  }

  next(pipeline: string, placeEpoch: number): Promise<SweepRun | undefined> {
    return this.#use(async (ask) => {
      const id = await findOpen(ask, pipeline);
      if (id === undefined) {
        return undefined;
      }
      await ask(`UPDATE ergate_sweep SET state = 'running', place_epoch = GREATEST(place_epoch, ${placeEpoch}),
          started_at = COALESCE(started_at, CURRENT_TIMESTAMP(3))
        WHERE id = ${id} AND state IN ('waiting', 'running')`);
      await assertOwned(ask, id, placeEpoch);
      return await findRun(ask, id);
    });
  }

  saveTable(run: number, placeEpoch: number, progress: TableProgress): Promise<void> {
    const { table, place, rows, targetRows, chunks, suspects, mismatches, unjudged, reason, isEnded } = progress;
    const values = [
      textLiteral(table),
      nullableText(place ?? undefined),
      ...[rows, targetRows, chunks, suspects, mismatches, unjudged],
      nullableText(reason === null ? undefined : cutMiddle(reason, MAX_REASON)),
      isEnded ? 'CURRENT_TIMESTAMP(3)' : 'NULL',
    ];
    return this.#use(async (ask) => {
      await ask(`INSERT INTO ergate_sweep_table (sweep_id, table_name, place, row_count, target_row_count, chunk_count,
          suspect_count, mismatch_count, unjudged_count, reason, ended_at)
        SELECT id, ${values.join(', ')} FROM ergate_sweep
        WHERE id = ${run} AND state = 'running' AND place_epoch = ${placeEpoch}
        ON DUPLICATE KEY UPDATE place = VALUES(place), row_count = VALUES(row_count),
          target_row_count = VALUES(target_row_count), chunk_count = VALUES(chunk_count),
          suspect_count = VALUES(suspect_count), mismatch_count = VALUES(mismatch_count),
          unjudged_count = VALUES(unjudged_count), reason = VALUES(reason), ended_at = VALUES(ended_at)`);
      await assertOwned(ask, run, placeEpoch);
    });
  }

  end(run: number, placeEpoch: number, { state, reason }: Parameters<SweepStore['end']>[2]): Promise<void> {
    return this.#use(async (ask) => {
      await assertOwned(ask, run, placeEpoch);
      await ask(`UPDATE ergate_sweep SET state = '${state}', ended_at = CURRENT_TIMESTAMP(3),
          reason = ${nullableText(reason === null ? undefined : cutMiddle(reason, MAX_REASON))}
        WHERE id = ${run} AND state = 'running' AND place_epoch = ${placeEpoch}`);
    });
  }

  stop(run: number): Promise<boolean> {
    return this.#use(async (ask) => {
      await ask(`UPDATE ergate_sweep SET state = 'stopped', ended_at = CURRENT_TIMESTAMP(3)
        WHERE id = ${run} AND state IN ('waiting', 'running')`);
      const [counted] = await ask('SELECT ROW_COUNT() AS stopped');
      return Number(counted?.['stopped']) > 0;
    });
  }

  find(run: number): Promise<SweepRun | undefined> {
    return this.#use((ask) => findRun(ask, run));
  }

  list(pipeline: string | undefined, limit: number): Promise<readonly SweepRun[]> {
    const where = pipeline === undefined ? '' : `WHERE pipeline = ${textLiteral(pipeline)}`;
    return this.#use(async (ask) => {
      const runs = await ask(`SELECT ${RUN_COLUMNS} FROM ergate_sweep ${where} ORDER BY id DESC LIMIT ${limit}`);
      return await withTables(ask, runs);
    });
  }

  async hasOrders(pipeline: string): Promise<boolean> {
    const rows = await this.#use((ask) =>
      ask(`SELECT 1 FROM ergate_sweep WHERE pipeline = ${textLiteral(pipeline)} AND origin = 'order'
        AND state IN ('waiting', 'running') LIMIT 1`),
    );
    return rows.length > 0;
  }

  listSwept(pipeline: string): Promise<readonly SweptTable[]> {
    const ofWhole = `FROM ergate_sweep_table t JOIN ergate_sweep s ON s.id = t.sweep_id
      WHERE s.pipeline = ${textLiteral(pipeline)} AND s.is_whole = 1 AND t.ended_at IS NOT NULL AND t.reason IS NULL`;
    return this.#use(async (ask) => {
      const newest = await ask(`SELECT ${TABLE_COLUMNS} FROM ergate_sweep_table JOIN (
          SELECT t.table_name AS swept, MAX(t.sweep_id) AS epoch ${ofWhole} GROUP BY t.table_name) newest
        ON newest.swept = table_name AND newest.epoch = sweep_id ORDER BY table_name`);
      const clean = await ask(`SELECT t.table_name, MAX(t.sweep_id) AS epoch ${ofWhole}
        AND t.mismatch_count = 0 AND t.unjudged_count = 0 GROUP BY t.table_name`);
      const cleanEpochs = new Map(clean.map((row) => [String(row['table_name']), Number(row['epoch'])]));
      return newest.map((row) => {
        const { table, rows, mismatches, endedMs } = readTable(row);
        const epoch = Number(row['sweep_id']);
        return { table, epoch, endedMs: endedMs ?? 0, rows, mismatches, cleanEpoch: cleanEpochs.get(table) };
      });
    });
  }

  async readScheduleAgeMs(pipeline: string): Promise<number | undefined> {
    const [row] = await this.#use((ask) =>
      ask(`SELECT TIMESTAMPDIFF(MICROSECOND, COALESCE(started_at, ordered_at), CURRENT_TIMESTAMP(3)) DIV 1000 AS age
        FROM ergate_sweep WHERE pipeline = ${textLiteral(pipeline)} AND origin = 'schedule' ORDER BY id DESC LIMIT 1`),
    );
    return row === undefined ? undefined : Number(row['age']);
  }

  async #use<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    try {
      return await this.#pool.use((connection: MysqlConnection) => work((sql) => connection.query(sql, DEADLINE_MS)));
    } catch (error) {
      throw asStateError(error);
    }
  }
}

/** What wrote nothing for a sweep that is somebody else's by now is told of here. */
async function assertOwned(ask: Ask, run: number, placeEpoch: number): Promise<void> {
  const [row] = await ask(`SELECT state, place_epoch FROM ergate_sweep WHERE id = ${run}`);
  const [state, epoch] = [String(row?.['state'] ?? 'gone'), Number(row?.['place_epoch'])];
  if (state !== 'running' || epoch !== placeEpoch) {
    throw new ReplicationError('ERG_4104', `sweep ${run} is ${state}, of place ${epoch}, not of ${placeEpoch}`);
  }
}

async function findOpen(ask: Ask, pipeline: string): Promise<number | undefined> {
  const [open] = await ask(`SELECT id FROM ergate_sweep
    WHERE pipeline = ${textLiteral(pipeline)} AND state IN ('waiting', 'running')
    ORDER BY origin = 'order' DESC, state = 'running' DESC, id LIMIT 1`);
  return open === undefined ? undefined : Number(open['id']);
}

async function findRun(ask: Ask, run: number): Promise<SweepRun | undefined> {
  const rows = await ask(`SELECT ${RUN_COLUMNS} FROM ergate_sweep WHERE id = ${run}`);
  const [found] = await withTables(ask, rows);
  return found;
}

async function withTables(ask: Ask, runs: readonly MysqlRow[]): Promise<readonly SweepRun[]> {
  if (runs.length === 0) {
    return [];
  }
  const ids = runs.map((run) => Number(run['id']));
  const tables = await ask(`SELECT ${TABLE_COLUMNS} FROM ergate_sweep_table WHERE sweep_id IN (${ids.join(', ')})
    ORDER BY sweep_id, table_name`);
  const byRun = Map.groupBy(tables, (row) => Number(row['sweep_id']));
  return runs.map((run) => readRun(run, (byRun.get(Number(run['id'])) ?? []).map(readTable)));
}

async function forgetOld(ask: Ask, pipeline: string): Promise<void> {
  const old = await ask(`SELECT id FROM ergate_sweep WHERE pipeline = ${textLiteral(pipeline)} AND origin = 'schedule'
    AND ended_at < CURRENT_TIMESTAMP(3) - INTERVAL ${KEEP_DAYS} DAY ORDER BY id LIMIT 100`);
  if (old.length > 0) {
    const ids = old.map((row) => Number(row['id'])).join(', ');
    await ask(`DELETE FROM ergate_sweep_table WHERE sweep_id IN (${ids})`);
    await ask(`DELETE FROM ergate_sweep WHERE id IN (${ids})`);
  }
}
