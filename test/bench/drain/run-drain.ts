/** Runs the contestants in turn, round by round, each on an empty table or on what another one left. */
import { mkdirSync } from 'node:fs';
import mysql from 'mysql2/promise';
import type { BenchServers } from './bench-servers.ts';
import type { Contestant, DrainServer } from './contestant.ts';
import { CREATE_DRAIN_TABLE, type ExpectedTable, READ_DRAIN_TABLE } from './drain-workload.ts';
import { measureRun, type RunMeasure } from './server-meter.ts';

/** What one contestant drains. */
export interface Course {
  readonly contestant: Contestant;
  readonly topic: string;
  readonly partitions: number;
  readonly changes: number;
  readonly expected: ExpectedTable;
}

export interface RunResult {
  readonly contestant: string;
  readonly partitions: number;
  readonly round: number;
  readonly changes: number;
  readonly measure: RunMeasure | undefined;
  /** Why the run does not count. */
  readonly fault: string | undefined;
}

export interface DrainPlan {
  readonly servers: BenchServers;
  readonly courses: readonly Course[];
  readonly rounds: number;
  readonly folder: string;
  readonly profile: boolean;
  readonly say: (message: string) => void;
}

const DATABASE = 'bench_target';

export async function runDrain(plan: DrainPlan): Promise<RunResult[]> {
  const sql = await mysql.createConnection({ ...serverOf(plan.servers.mariadb), multipleStatements: true });
  const results: RunResult[] = [];
  mkdirSync(plan.folder, { recursive: true });
  try {
    for (let round = 1; round <= plan.rounds; round++) {
      for (const course of plan.courses) {
        const result = await runOnce(plan, course, { round, sql });
        plan.say(describeResult(result));
        results.push(result);
      }
    }
  } finally {
    await sql.end();
  }
  return results;
}

interface Turn {
  readonly round: number;
  readonly sql: mysql.Connection;
}

/** A fast wrong answer is no answer: a run that ends with a wrong table carries its fault. */
async function runOnce(plan: DrainPlan, course: Course, { round, sql }: Turn): Promise<RunResult> {
  const { servers, folder, profile } = plan;
  const { contestant, topic, partitions, changes, expected } = course;
  const nameRun = (name: string) => `${name}-${partitions}p-r${round}-${process.pid}`;
  if (contestant.after === undefined) {
    await sql.query(
      `DROP DATABASE IF EXISTS ${DATABASE}; CREATE DATABASE ${DATABASE}; USE ${DATABASE}; ${CREATE_DRAIN_TABLE}`,
    );
  }
  const running = await contestant.start({
    brokers: servers.kafka.brokers,
    topic,
    changes,
    partitions,
    natsUrl: servers.nats.url,
    target: { ...serverOf(servers.mariadb), database: DATABASE },
    state: serverOf(servers.state),
    id: nameRun(contestant.name),
    environment: nameRun(contestant.after ?? contestant.name),
    folder,
    profile,
  });
  const findFault = async () => (await findTableFault(sql, expected)) ?? running.findFault?.();
  const isRight = async () => (await findTableFault(sql, expected)) === undefined;
  try {
    const measure = await measureRun({
      sql,
      work: contestant.work,
      serverPid: servers.mariadb.pid,
      clientPids: running.pids,
      isDone: async () => (await running.isDone()) && (running.endsByItself || (await isRight())),
    });
    return { contestant: contestant.name, partitions, round, changes, measure, fault: await findFault() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const fault = [reason, await findFault()].filter((text) => text !== undefined).join('; ');
    return { contestant: contestant.name, partitions, round, changes, measure: undefined, fault };
  } finally {
    await running.stop();
  }
}

function describeResult({ contestant, partitions, round, changes, measure, fault }: RunResult): string {
  const rate = measure === undefined ? '-' : Math.round((changes / measure.elapsedMs) * 1_000);
  return `round ${round} ${contestant.padEnd(7)} ${partitions} partition(s): ${fault ?? `${rate} changes/s, all right`}`;
}

function serverOf({ host, port, user, password, database }: DrainServer): DrainServer {
  return { host, port, user, password, database };
}

/** Undefined when the table is right, otherwise what is wrong. */
async function findTableFault(sql: mysql.Connection, expected: ExpectedTable): Promise<string | undefined> {
  const [result] = await sql.query({ sql: READ_DRAIN_TABLE, rowsAsArray: true });
  const [row] = result as unknown as [number, string][];
  return row?.[0] === expected.rows && row[1] === expected.checksum
    ? undefined
    : `wrong table: ${row?.[0]} rows with checksum ${row?.[1]}, expected ${expected.rows} with ${expected.checksum}`;
}
