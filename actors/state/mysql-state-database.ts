/**
 * The state database: what has to survive every process of ours. One small pool, one store per concern.
 *
 * Nothing retries in here: each call has a deadline and says with its code whether the caller may try again.
 */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { BreakerOrderStore } from '../breaker/breaker-order.ts';
import type { MysqlConnection, MysqlServer } from '../runtime/mysql-connection.ts';
import { MysqlPool } from '../runtime/mysql-pool.ts';
import type { AuditLog } from './audit-log.ts';
import type { CanaryStore } from './canary-store.ts';
import type { CaptureCheckpointStore } from './capture-checkpoint-store.ts';
import type { CaseDesk } from './case-desk.ts';
import type { CaseStore } from './case-store.ts';
import type { FindingIndex, FindingStore } from './finding.ts';
import type { HistoryPruner } from './history-pruner.ts';
import { MysqlAuditLog } from './mysql-audit-log.ts';
import { MysqlBreakerOrderStore } from './mysql-breaker-order-store.ts';
import { MysqlCanaryStore } from './mysql-canary-store.ts';
import { MysqlCaseDesk } from './mysql-case-desk.ts';
import { MysqlCaseStore } from './mysql-case-store.ts';
import { MysqlCheckpointStore } from './mysql-checkpoint-store.ts';
import { MysqlFindingStore } from './mysql-finding-store.ts';
import { MysqlHistoryPruner } from './mysql-history-pruner.ts';
import { MysqlRunStore } from './mysql-run-store.ts';
import { MysqlSweepStore } from './mysql-sweep-store.ts';
import { MysqlUnverifiedRangeStore } from './mysql-unverified-range-store.ts';
import { MysqlUnwrittenColumnStore } from './mysql-unwritten-column-store.ts';
import type { RunStore } from './run-store.ts';
import { asStateError } from './state-errors.ts';
import { STATE_MIGRATIONS } from './state-migrations.ts';
import type { SweepStore } from './sweep-store.ts';
import type { RangeDesk, UnverifiedRangeStore } from './unverified-range.ts';
import type { UnwrittenColumnStore } from './unwritten-column-store.ts';

export interface StateDatabase {
  readonly findings: FindingStore;
  readonly findingIndex: FindingIndex;
  readonly checkpoints: CaptureCheckpointStore;
  readonly breakerOrders: BreakerOrderStore;
  readonly unwrittenColumns: UnwrittenColumnStore;
  readonly cases: CaseStore;
  readonly unverifiedRanges: UnverifiedRangeStore & RangeDesk;
  readonly caseDesk: CaseDesk;
  readonly runs: RunStore;
  readonly sweeps: SweepStore;
  readonly canaries: CanaryStore;
  readonly audit: AuditLog;
  readonly history: HistoryPruner;
  /** Creates or upgrades the tables. Safe to repeat, and to run in several processes at once. @throws ERG_5001..5004 */
  ensureSchema(): Promise<void>;
  /** Which version the tables have, 0 before there are any, and which this program wants. @throws ERG_5001, ERG_5002 */
  readVersion(): Promise<{ readonly version: number; readonly wanted: number }>;
  /** A number higher than any it gave before, whoever asks. @throws ERG_5001, ERG_5002 */
  nextLeaderEpoch(): Promise<number>;
  /** Idempotent; calls under way reject. */
  close(): void;
}

const MAX_CONNECTIONS = 4;
const OPEN_DEADLINE_MS = 5_000;
const QUERY_DEADLINE_MS = 5_000;
/** Creating a table waits for its metadata lock; the lock of the schema for another process that creates. */
const SCHEMA_LOCK_SECONDS = 20;
const SCHEMA_DEADLINE_MS = 30_000;

/** Connects when first asked. */
export function openStateDatabase(server: MysqlServer): StateDatabase {
  const pool = new MysqlPool({ server, maxConnections: MAX_CONNECTIONS, openDeadlineMs: OPEN_DEADLINE_MS });
  const findings = new MysqlFindingStore(pool);
  return {
    findings,
    findingIndex: findings,
    checkpoints: new MysqlCheckpointStore(pool),
    breakerOrders: new MysqlBreakerOrderStore(pool),
    unwrittenColumns: new MysqlUnwrittenColumnStore(pool),
    cases: new MysqlCaseStore(pool),
    unverifiedRanges: new MysqlUnverifiedRangeStore(pool),
    caseDesk: new MysqlCaseDesk(pool),
    runs: new MysqlRunStore(pool),
    sweeps: new MysqlSweepStore(pool),
    canaries: new MysqlCanaryStore(pool),
    audit: new MysqlAuditLog(pool),
    history: new MysqlHistoryPruner(pool),
    ensureSchema: () => guarded(() => pool.use(ensureStateSchema)),
    readVersion: () => guarded(() => pool.use(readVersion)),
    nextLeaderEpoch: () => guarded(() => pool.use((connection) => raiseCounter(connection, 'leader-epoch'))),
    close: () => pool.close(),
  };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asStateError(error);
  }
}

async function ensureStateSchema(connection: MysqlConnection): Promise<void> {
  const ask = (sql: string) => connection.query(sql, SCHEMA_DEADLINE_MS);
  const lock = "CONCAT('ergate-state:', LEFT(MD5(DATABASE()), 16))"; // names of locks are of the whole server
  const [locked] = await ask(`SELECT GET_LOCK(${lock}, ${SCHEMA_LOCK_SECONDS}) AS taken`);
  if (Number(locked?.['taken']) !== 1) {
    throw new ReplicationError('ERG_5001', 'another process has been changing the state tables for too long');
  }
  await ask(`CREATE TABLE IF NOT EXISTS ergate_state_version (version INT UNSIGNED NOT NULL PRIMARY KEY,
    applied_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)) ENGINE=InnoDB`);
  const [row] = await ask('SELECT COALESCE(MAX(version), 0) AS version FROM ergate_state_version');
  const version = Number(row?.['version']);
  if (version > STATE_MIGRATIONS.length) {
    throw new ReplicationError(
      'ERG_5004',
      `the state tables have version ${version}, this program knows ${STATE_MIGRATIONS.length}`,
    );
  }
  for (const [index, statements] of STATE_MIGRATIONS.entries()) {
    if (index >= version) {
      for (const statement of statements) {
        await ask(statement);
      }
      await ask(`INSERT INTO ergate_state_version (version) VALUES (${index + 1})`);
    }
  }
  await ask(`SELECT RELEASE_LOCK(${lock})`);
}

async function readVersion(connection: MysqlConnection): Promise<{ version: number; wanted: number }> {
  const ask = (sql: string) => connection.query(sql, QUERY_DEADLINE_MS);
  const wanted = STATE_MIGRATIONS.length;
  const tables = await ask("SHOW TABLES LIKE 'ergate\\_state\\_version'");
  const [row] =
    tables.length === 0 ? [] : await ask('SELECT COALESCE(MAX(version), 0) AS version FROM ergate_state_version');
  return { version: Number(row?.['version'] ?? 0), wanted };
}

/** One statement, so that two callers never get the same number; LAST_INSERT_ID(x) hands x back to this session only. */
async function raiseCounter(connection: MysqlConnection, name: string): Promise<number> {
  await connection.query(
    `INSERT INTO ergate_counter (name, value) VALUES ('${name}', LAST_INSERT_ID(1))
    ON DUPLICATE KEY UPDATE value = LAST_INSERT_ID(value + 1)`,
    QUERY_DEADLINE_MS,
  );
  const [row] = await connection.query('SELECT LAST_INSERT_ID() AS value', QUERY_DEADLINE_MS);
  return Number(row?.['value']);
}
