/** All checkers over everything that a run left behind. */
import mysql from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';
import { checkAttempts } from './check-attempts.ts';
import { checkCovered } from './check-covered.ts';
import { checkOffsets } from './check-offsets.ts';
import { checkOrder } from './check-order.ts';
import { checkReplay } from './check-replay.ts';
import { checkStream } from './check-stream.ts';
import { findingName } from './finding-name.ts';
import {
  type LogPlace,
  type OffsetSample,
  rowName,
  type StreamHistory,
  type TargetHistory,
  type Violation,
} from './history.ts';
import { readStream } from './read-stream.ts';
import { readTargetLog } from './read-target-log.ts';

export interface RunRemains {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly targets: readonly Endpoint[];
  readonly state: Endpoint;
  readonly samples: readonly OffsetSample[];
  readonly restarted: ReadonlySet<string>;
  /** Per target the end of its log when the operator set the offsets back. */
  readonly rewoundAt: ReadonlyMap<string, LogPlace> | undefined;
}

export interface Judgement {
  readonly violations: readonly Violation[];
  /** How much was looked at: a check of nothing finds nothing. */
  readonly streamChanges: number;
  /** Changes that the stream has more than once. */
  readonly repeatedChanges: number;
  readonly writesAt: Readonly<Record<string, number>>;
  readonly attemptsAt: Readonly<Record<string, number>>;
  /** Rows that were written for no record, because they had been damaged or were in a finding. */
  readonly repairs: number;
  /** Row changes of somebody else. */
  readonly damages: number;
  readonly fencesRaised: number;
  readonly findings: number;
  readonly samples: number;
}

export async function judgeRun(remains: RunRemains): Promise<Judgement> {
  const { brokers, topic, samples, restarted, rewoundAt } = remains;
  const stream = await readStream(brokers, topic);
  const targets: TargetHistory[] = [];
  for (const endpoint of remains.targets) {
    targets.push(await readTargetLog(endpoint));
  }
  const findings = await readFindings(remains.state);
  const orders = targets.map((target) => checkOrder({ stream, target, samples, restarted, findings }));
  const [firstPhase = []] = Map.groupBy(samples, ({ phase }) => phase).values();
  return {
    violations: [
      ...checkStream(stream),
      ...checkCovered({ stream, targets, samples: firstPhase, findings }),
      ...orders.flatMap(({ violations }) => violations),
      ...checkOffsets(samples),
      ...targets.flatMap((target) => checkAttempts(target)),
      ...targets.flatMap((target) => {
        const from = rewoundAt?.get(target.target);
        return from === undefined ? [] : checkReplay(target, from);
      }),
    ],
    streamChanges: stream.changes.length,
    repeatedChanges: stream.changes.length - countStates(stream),
    writesAt: countEntries(targets, 'write'),
    attemptsAt: countEntries(targets, 'attempt'),
    repairs: sum(orders.map(({ repairs }) => repairs)),
    damages: sum(orders.map(({ damages }) => damages)),
    fencesRaised: sum(Object.values(countEntries(targets, 'fence'))),
    findings: findings.size,
    samples: samples.length,
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function countStates({ changes }: StreamHistory): number {
  return new Set(changes.map(({ table, key, rank }) => `${rowName(table, key)} ${rank}`)).size;
}

function countEntries(targets: readonly TargetHistory[], kind: string): Record<string, number> {
  return Object.fromEntries(
    targets.map(({ target, entries }) => [target, entries.filter((entry) => entry.kind === kind).length]),
  );
}

async function readFindings({ host, port, user, password, database }: Endpoint): Promise<ReadonlySet<string>> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    const [rows] = await connection.query<mysql.RowDataPacket[]>(
      'SELECT pipeline, partition_no, offset_no FROM ergate_finding',
    );
    return new Set(
      rows.map((row) => findingName(String(row['pipeline']), Number(row['partition_no']), Number(row['offset_no']))),
    );
  } finally {
    await connection.end();
  }
}
