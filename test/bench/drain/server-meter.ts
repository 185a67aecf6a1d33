/**
 * Watches a run from outside, the same way for every contestant: the row operations and commits that the database counts,
 * and the processor time and memory that the operating system counts. No contestant is asked how fast it was.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type mysql from 'mysql2/promise';
import type { RowWork } from './contestant.ts';

export interface RunMeasure {
  /** From the first row operation seen to the last one, ms. */
  readonly elapsedMs: number;
  /** From half of all row operations to the last one, ms. */
  readonly secondHalfMs: number;
  readonly clientCpuMs: number;
  readonly serverCpuMs: number;
  /** Highest resident memory of one client process, bytes. */
  readonly peakRssBytes: number;
  readonly rowOperations: number;
  readonly commits: number;
}

export interface MeterPlan {
  readonly sql: mysql.Connection;
  readonly work: RowWork;
  readonly serverPid: number;
  readonly clientPids: readonly number[];
  /** True when nothing more will come. Asked every half second while nothing happens. */
  readonly isDone: () => Promise<boolean>;
}

interface Sample {
  readonly atMs: number;
  readonly rows: number;
  readonly commits: number;
  readonly clientCpuMs: number;
  readonly serverCpuMs: number;
}

const LOOK_EVERY_MS = 20;
const QUIET_MS = 500;
const STUCK_AFTER_MS = 60_000;
/** USER_HZ is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

/** A look-up by key counts whether it finds the row or not; what is asked of the catalog does not. */
const COUNTERS: Readonly<Record<RowWork, readonly string[]>> = {
  writes: ['Handler_write', 'Handler_update', 'Handler_delete'],
  reads: ['Handler_read_key'],
};

/** @throws Error when nothing happened for a minute */
export async function measureRun(plan: MeterPlan): Promise<RunMeasure> {
  const { sql, work, serverPid, clientPids, isDone } = plan;
  const cpu = new CpuReader();
  const look = async (): Promise<Sample> => ({
    ...(await readCounters(sql, work)),
    atMs: performance.now(),
    clientCpuMs: clientPids.reduce((sum, pid) => sum + cpu.read(pid), 0),
    serverCpuMs: cpu.read(serverPid),
  });
  const start = await look();
  const samples: Sample[] = [];
  let last = start;
  let askedMs = start.atMs;
  let peakRssBytes = 0;
  for (;;) {
    await sleep(LOOK_EVERY_MS);
    const now = await look();
    peakRssBytes = Math.max(peakRssBytes, ...clientPids.map((pid) => readPeakRss(pid) ?? 0));
    if (now.rows !== last.rows || now.commits !== last.commits) {
      samples.push(now);
      last = now;
      askedMs = now.atMs;
    } else if (now.atMs - askedMs > QUIET_MS) {
      askedMs = now.atMs;
      if (await isDone()) {
        return { ...summarise(start, samples), peakRssBytes };
      }
    }
    if (now.atMs - last.atMs > STUCK_AFTER_MS) {
      throw new Error(`no row was touched for ${STUCK_AFTER_MS / 1_000} s`);
    }
  }
}

function summarise(start: Sample, samples: readonly Sample[]): Omit<RunMeasure, 'peakRssBytes'> {
  const rowsDone = ({ rows }: Sample) => rows - start.rows;
  const first = samples.find((sample) => rowsDone(sample) > 0) ?? start;
  const end = samples.at(-1) ?? start;
  const half = samples.find((sample) => rowsDone(sample) >= rowsDone(end) / 2) ?? end;
  return {
    elapsedMs: end.atMs - first.atMs,
    secondHalfMs: end.atMs - half.atMs,
    clientCpuMs: end.clientCpuMs - first.clientCpuMs,
    serverCpuMs: end.serverCpuMs - first.serverCpuMs,
    rowOperations: rowsDone(end),
    commits: end.commits - start.commits,
  };
}

async function readCounters(sql: mysql.Connection, work: RowWork): Promise<{ rows: number; commits: number }> {
  const names = ['Com_commit', ...COUNTERS[work]].map((name) => `'${name}'`).join();
  const [result] = await sql.query({
    sql: `SHOW GLOBAL STATUS WHERE Variable_name IN (${names})`,
    rowsAsArray: true,
  });
  let rows = 0;
  let commits = 0;
  for (const [name, value] of result as unknown as [string, string][]) {
    if (name === 'Com_commit') {
      commits = Number(value);
    } else {
      rows += Number(value);
    }
  }
  return { rows, commits };
}

/** A process that has ended keeps the last value that was seen. */
class CpuReader {
  readonly #lastMs = new Map<number, number>();

  read(pid: number): number {
    const ms = readCpuMs(pid) ?? this.#lastMs.get(pid) ?? 0;
    this.#lastMs.set(pid, ms);
    return ms;
  }
}

function readCpuMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return undefined;
  }
}

function readPeakRss(pid: number): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1_024;
  } catch {
    return undefined;
  }
}
