/** What a fault left behind, by the servers alone: rows, logs, findings, sessions. */
import type mysql from 'mysql2/promise';
import { expect } from 'vitest';
import type { Endpoint } from '../../compare/endpoints.ts';
import { checkCovered } from '../drill/check-covered.ts';
import { checkOffsets } from '../drill/check-offsets.ts';
import { checkOrder } from '../drill/check-order.ts';
import { findingName } from '../drill/finding-name.ts';
import { partitionName, type StreamHistory, type TargetHistory } from '../drill/history.ts';
import { readTargetLog } from '../drill/read-target-log.ts';
import { FAULT_TABLE } from './fault-load.ts';
import { FAULT_PIPELINE, type FaultRun, STEADY, VICTIM } from './fault-run.ts';

export interface Verdict {
  /** Codes of the findings, by offset. */
  readonly findings: readonly string[];
  /** Invariants that do not hold, rows that differ, sessions that are left. */
  readonly wrong: readonly string[];
  /** How much was looked at. */
  readonly commits: number;
  readonly writes: number;
}

const SESSIONS_END_WITHIN_MS = 5_000;
const MAX_TOLD = 20;

/** Settles the run first. */
export async function judgeFault(run: FaultRun): Promise<Verdict> {
  await run.settle();
  const stored = await readFindings(run);
  const stream = run.partition.readHistory();
  const targets = [await readTargetLog(endpointOf(run, VICTIM)), await readTargetLog(endpointOf(run, STEADY))];
  const wrong = [
    ...checkLogs(run, { stream, targets, found: new Set(stored.map(({ offset }) => offset)) }),
    ...(await compareRows(run, VICTIM)),
    ...(await compareRows(run, STEADY)),
    ...(await listSessions(run)),
    ...(run.heldTooMuch ? [`held ${run.highestBytes} bytes at once`] : []),
  ];
  return {
    findings: stored.map(({ code }) => code),
    wrong: wrong.length === 0 ? [] : [`seed ${run.seed}`, ...wrong.slice(0, MAX_TOLD)],
    commits: run.partition.samples.length,
    writes: targets.flatMap(({ entries }) => entries).filter(({ kind }) => kind === 'write').length,
  };
}

/** Nothing lost, nothing regressed, nothing left behind; findings as given. */
export function expectUnharmed(verdict: Verdict, findings: readonly string[] = []): void {
  expect({ wrong: verdict.wrong, findings: verdict.findings }).toEqual({ wrong: [], findings });
  expect(verdict.commits).toBeGreaterThan(1);
  expect(verdict.writes).toBeGreaterThan(50);
}

interface Logs {
  readonly stream: StreamHistory;
  readonly targets: readonly TargetHistory[];
  /** Offsets with a finding. */
  readonly found: ReadonlySet<number>;
}

function checkLogs(run: FaultRun, { stream, targets, found }: Logs): readonly string[] {
  const { samples, hasLeftOut } = run.partition;
  const findings = new Set([...found].map((offset) => findingName(FAULT_PIPELINE, 0, offset)));
  // What is made up for is applied again from an older offset, as after a start.
  const restarted = new Set(hasLeftOut ? [partitionName(FAULT_PIPELINE, 0)] : []);
  return [
    ...checkCovered({ stream, targets, samples, findings }),
    ...targets.flatMap((target) => checkOrder({ stream, target, samples, restarted, findings: new Set() }).violations),
    ...checkOffsets(samples),
  ].map(({ invariant, message }) => `${invariant} ${message}`);
}

/** @returns what differs from the model, in the columns that the table has; what the model does not know is NULL */
export async function compareRows(run: FaultRun, shard: 0 | 1): Promise<readonly string[]> {
  const [rows] = await sessionOf(run, shard).query(`SELECT * FROM ${run.schemas[shard]}.${FAULT_TABLE}`);
  const stored = rows as Record<string, unknown>[];
  const columns = Object.keys(stored[0] ?? {}).filter((name) => !name.startsWith('ergate_') && name !== 'rpc_time');
  const describe = (row: Readonly<Record<string, unknown>>) =>
    columns.map((name) => `${name}=${row[name] ?? null}`).join(' ');
  const actual = new Set(stored.map(describe));
  const expected = new Set(run.load.rowsOn(shard).map((row) => describe({ ...row })));
  const missing = expected.difference(actual);
  const extra = actual.difference(expected);
  return [
    ...[...missing].map((row) => `missing at shard ${shard}: ${row}`),
    ...[...extra].map((row) => `unexpected at shard ${shard}: ${row}`),
  ];
}

async function readFindings({ steady, stateSchema }: FaultRun): Promise<readonly { offset: number; code: string }[]> {
  const [rows] = await steady.query(
    `SELECT offset_no, code FROM ${stateSchema}.ergate_finding ORDER BY offset_no, payload_index`,
  );
  return (rows as Record<string, unknown>[]).map((row) => ({
    offset: Number(row['offset_no']),
    code: String(row['code']),
  }));
}

/** Sessions in the schemas of the targets that are still there although the sink has ended. */
async function listSessions(run: FaultRun): Promise<readonly string[]> {
  let left: readonly string[] = [];
  const look = async () => {
    left = [
      ...(await sessionsAt(run.victim, run.schemas[VICTIM])),
      ...(await sessionsAt(run.steady, run.schemas[STEADY])),
    ];
    return left.length === 0;
  };
  await run.until('sessions end', look, SESSIONS_END_WITHIN_MS).catch(() => {});
  return left;
}

async function sessionsAt(session: mysql.Pool, schema: string): Promise<readonly string[]> {
  const [rows] = await session.query(
    `SELECT ID AS id, COMMAND AS command, TIME AS seconds FROM information_schema.PROCESSLIST
     WHERE DB = '${schema}' AND ID <> CONNECTION_ID() AND COMMAND <> 'Binlog Dump'`,
  );
  return (rows as Record<string, unknown>[]).map((row) => `session left in ${schema}: ${JSON.stringify(row)}`);
}

function sessionOf(run: FaultRun, shard: 0 | 1): mysql.Pool {
  return shard === VICTIM ? run.victim : run.steady;
}

function endpointOf({ servers, schemas }: FaultRun, shard: 0 | 1): Endpoint {
  const { host, port, user } = shard === VICTIM ? servers.victim : servers.steady;
  return { name: `seller${shard}`, host, port, user, password: '', database: schemas[shard] };
}
