/**
 * Nobody is accused: not while ten rows are changed a hundred times a second each, and not while what writes them stands still
 * for longer than the delay: all sinks with their verifiers at work, a shard, a node with all that runs on it. Everything is
 * verified in the end. ERGATE_CALM_SECONDS makes each part of it longer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { VerifierCounts } from '../../protocol/message/verification-status.ts';
import { isEqual } from '../compare/compare-table.ts';
import type { Drill } from '../support/drill/drill.ts';
import { type DrillStack, endpointOf, runAll } from '../support/drill/drill-stack.ts';
import { hasRowsSince } from '../support/drill/has-rows-since.ts';
import { holdFences } from '../support/drill/hold-fences.ts';
import { buildGaugeTable, GAUGE_SETTINGS, HotRows, readGauges } from '../support/drill/hot-rows.ts';
import { startDrill } from '../support/drill/start-drill.ts';
import { readCases, readRanges } from '../support/saboteur/read-cases.ts';
import { buildShortVerification, SHORT_DELAY_MS } from '../support/saboteur/short-verification.ts';

const SHORT_SECONDS = 3;
const CALM_SECONDS = Number(process.env['ERGATE_CALM_SECONDS'] ?? SHORT_SECONDS);
/** Of the ten hot rows together, per second. */
const HOT_RATE = 1_000;
/** Of it, over the whole calm part: a busy machine misses some. */
const LEAST_HOT_RATE = 800;
/** Row changes per second of the load beside them. */
const RATE = 20;
const IS_LONG = CALM_SECONDS > SHORT_SECONDS;
/** A node that is silent for three seconds loses its actors to others. */
const STALL_MS = 1.3 * SHORT_DELAY_MS;
const LONG_STALL_MS = 10_000;
/** What a sink had begun is at the target by then, if it is not held. */
const SETTLE_MS = 500;
const { settings, jobs } = buildShortVerification(10, 'breaker: { openFor: 2s, parkAfter: 1s }');
const SETTINGS = `${settings}
    tables:
      ${GAUGE_SETTINGS.pipeline}
captures:
  order:
    tables:
      ${GAUGE_SETTINGS.capture}
`;
/** A row that is changed all the time is never looked for at the source; one in a hundred is more than chance brings. */
const MOST_SOURCE_READS = 0.01;
const REASON = ['--reason', 'a drill'] as const;

test(
  'nobody is accused while hot rows change all the time, and while what writes them stands still',
  async () => {
    const drill = await startDrill({ rate: RATE, settings: SETTINGS, jobs, prepare });
    const { endpoints, servers } = drill.stack;
    const state = endpointOf(servers.state);
    const hot = await HotRows.start(endpoints.source, HOT_RATE);

    await drill.untilArriving();
    const calmRate = await measureRate(hot, CALM_SECONDS * 1_000);
    const { changes } = hot;
    await drill.untilVerified();
    const counts = countAll(drill);
    drill.tell(`${changes} changes of hot rows, ${calmRate} per second while it was calm; ${JSON.stringify(counts)}`);
    expect(calmRate).toBeGreaterThanOrEqual(LEAST_HOT_RATE);
    expect(counts.due).toBeGreaterThan(changes);
    expect(counts.sourceReads).toBeLessThan(counts.due * MOST_SOURCE_READS);

    await stallSinks(drill, IS_LONG ? LONG_STALL_MS : 3 * SHORT_DELAY_MS);
    await drill.untilVerified();
    const node = findNode(drill);
    await holdShard(drill, 'seller1', () => freezeNode(drill, node, STALL_MS));
    if (IS_LONG) {
      await freezeNode(drill, findNode(drill), LONG_STALL_MS);
      await drill.until('all actors are known to run', () => drill.isEverythingRunning());
      await drill.untilVerified();
      await holdShard(drill, 'seller0', () => sleep(CALM_SECONDS * 100));
      await sleep(CALM_SECONDS * 1_000);
    }

    await hot.stop();
    await drill.stopLoad();
    const compare = await drill.untilDrained();
    await drill.untilVerified();
    const last = countAll(drill);
    drill.tell(`${hot.changes} changes of hot rows; since the last restart of each ${JSON.stringify(last)}`);
    expect(counts.mismatches + last.mismatches).toBe(0);
    expect([...(await readCases(state)).values()].flat()).toEqual([]);
    expect(await readRanges(state)).toEqual([]);
    expect(compare.tables.filter((table) => !isEqual(table))).toEqual([]);
    expect(await readGauges(endpoints.settlement)).toEqual(await readGauges(endpoints.source));
  },
  180_000 + CALM_SECONDS * 3_000,
);

/** @returns changes per second */
async function measureRate(hot: HotRows, forMs: number): Promise<number> {
  const [from, startMs] = [hot.changes, performance.now()];
  await sleep(forMs);
  return Math.round(((hot.changes - from) * 1_000) / (performance.now() - startMs));
}

/** Nothing is written anywhere, and all else goes on. */
async function stallSinks(drill: Drill, forMs: number): Promise<void> {
  const { targets } = drill.stack;
  const release = await holdFences(targets);
  try {
    drill.tell('no sink can write');
    await sleep(SETTLE_MS);
    const fromMs = Date.now();
    await sleep(forMs);
    expect(await Promise.all(targets.map((target) => hasRowsSince(target, fromMs)))).toEqual(targets.map(() => false));
    const verifiers = (drill.status?.jobs ?? []).filter(({ job }) => job.kind === 'verifier');
    expect(verifiers.map(({ state }) => state)).toEqual(verifiers.map(() => 'running'));
    const lags = verifiers.flatMap(({ report }) =>
      report?.status.detail.kind === 'verifier' ? [report.status.detail.lagSeconds] : [],
    );
    drill.tell(`the oldest change that is not verified is ${Math.max(...lags)} s old`);
    expect(Math.max(...lags)).toBeGreaterThan((2 * SHORT_DELAY_MS) / 1_000);
  } finally {
    await release();
  }
  await drill.untilArriving();
}

/** Its sinks leave it out meanwhile, and catch up when the operator lets it go. */
async function holdShard(drill: Drill, shard: string, meanwhile: () => Promise<unknown>): Promise<void> {
  await drill.processes.run('breaker', 'open', 'order-seller', shard, ...REASON);
  await drill.until(`every sink leaves ${shard} out`, () => drill.listLeftOut('order-seller').length === 4);
  await meanwhile();
  await drill.until('some of it is known to be unverified', () => countUnverified(drill) > 0);
  await drill.processes.run('breaker', 'close', 'order-seller', shard, ...REASON);
  await drill.until('nothing is left out', () => drill.listLeftOut('order-seller').length === 0);
  await drill.untilVerified();
}

/** One that runs a sink. */
function findNode(drill: Drill): string {
  const node = drill.nodeOf('sink.order-seller.0');
  if (node === undefined) {
    throw new Error('expected the sink to run');
  }
  return node;
}

async function freezeNode(drill: Drill, node: string, frozenMs: number): Promise<void> {
  drill.kill(node, 'SIGSTOP');
  await sleep(frozenMs);
  drill.kill(node, 'SIGCONT');
}

function countUnverified({ status }: Drill): number {
  const partitions = (status?.verification ?? []).flatMap((one) => one.partitions);
  return partitions.reduce((sum, { unverified }) => sum + unverified.length, 0);
}

/** Of both pipelines, since their verifiers were started. */
function countAll({ status }: Drill): Pick<VerifierCounts, 'due' | 'sourceReads' | 'mismatches' | 'superseded'> {
  const all = (status?.verification ?? []).map(({ counts }) => counts);
  const sum = (name: keyof VerifierCounts) => all.reduce((total, counts) => total + counts[name], 0);
  return {
    due: sum('due'),
    superseded: sum('superseded'),
    sourceReads: sum('sourceReads'),
    mismatches: sum('mismatches'),
  };
}

async function prepare({ endpoints }: DrillStack): Promise<void> {
  await runAll(endpoints.source, [buildGaugeTable('source')]);
  await runAll(endpoints.settlement, [buildGaugeTable('target')]);
}
