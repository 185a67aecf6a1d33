/**
 * npm run drill -- many-cases [--count N]: a hundred thousand open cases beside a live load. Replication goes on as before,
 * the memory of the nodes stays where it was, people can list cases, and what is due is closed.
 */
import mysql from 'mysql2/promise';
import { expect } from 'vitest';
import { readDrillCount } from '../support/drill/drill-options.ts';
import { endpointOf } from '../support/drill/drill-stack.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { FATE, fillCases } from '../support/drill/fill-cases.ts';
import { describeLoad, watchLoad, worstOf } from '../support/drill/load-watch.ts';
import { startDrill } from '../support/drill/start-drill.ts';

const CASES = readDrillCount(100_000);
const RATE = 500;
const WARM_UP_MS = 75_000; // the latency of the status is that of the last minute
const AFTER_MS = 70_000;
/** Between the last case that is closed and the moment from which memory must stay where it is. */
const SETTLE_SECONDS = 5;
const LIST = ['case', 'list', '--limit', '100', '-o', 'json'];
const MOST_LATENCY_MS = 2_000;
/** Of one node, while thousands of rows a second are looked at: 180 to 235 were seen, also with a small young generation. */
const MOST_BURST_MEGABYTES = 300;
/** While nothing is due, in a minute. */
const MOST_DRIFT_MEGABYTES = 50;
/** More than without cases; while all that is due is looked at the command has to share the processors. */
const MOST_LIST_MS = { busy: 3_000, settled: 500 };

const verification = 'verification: { delay: 5s, recovery: { mode: repair, checkAfter: 5m } }';
const SETTINGS = `
pipelines:
  order-seller: { ${verification} }
  order-settlement: { ${verification} }
`;
/** A capture; and of two pipelines four sinks, four verifiers, four recovery actors and a sweeper each. */
const JOBS = 1 + 2 * 13;
const PLACES = [
  { pipeline: 'order-seller', table: 'product_order', key: 'product_order_no', shards: ['seller0', 'seller1'] },
  { pipeline: 'order-settlement', table: 'orders', key: 'order_no', shards: ['settlement'] },
];

testOnRequest(
  `${CASES} open cases slow nothing down, and those that are due are closed`,
  'several minutes',
  async () => {
    const drill = await startDrill({ rate: RATE, settings: SETTINGS, jobs: JOBS });
    const { name: _, ...state } = endpointOf(drill.stack.servers.state);
    await using cleanUp = new AsyncDisposableStack();
    const server = await mysql.createConnection(state);
    cleanUp.defer(() => server.destroy());
    const listCases = async () => {
      const startMs = performance.now();
      const listed = JSON.parse(await drill.processes.run(...LIST)) as unknown[];
      return { cases: listed.length, ms: performance.now() - startMs };
    };
    await drill.untilArriving();
    const before = await watchLoad(drill, WARM_UP_MS);
    drill.tell(`before: ${describeLoad(before)}`);
    const emptyList = await listCases();

    await fillCases(server, CASES, PLACES);
    drill.tell(`${CASES} cases are open`);
    const startMs = performance.now();
    const watching = watchLoad(drill, AFTER_MS);
    const busyList = await listCases();
    const countOpen = async (fate: number) => {
      const [rows] = await server.query(`SELECT COUNT(*) AS cases FROM ergate_case WHERE offset_no = ${fate}`);
      return Number((rows as { cases: number }[])[0]?.cases);
    };
    await drill.until('what is due is closed', async () => (await countOpen(FATE.soon)) === 0, 120_000);
    const closedSeconds = (performance.now() - startMs) / 1_000;
    drill.tell(`it took ${closedSeconds.toFixed(1)} s`);
    const after = await watching;
    const fullList = await listCases();
    const [without, busy, settledMs] = [emptyList, busyList, fullList].map(({ ms }) => Math.round(ms));
    drill.tell(`case list: ${without} ms without cases, ${busy} ms in the rush, ${settledMs} ms behind it`);
    drill.tell(`with ${CASES} cases: ${describeLoad(after)}`);

    expect(emptyList.cases).toBe(0);
    expect([busyList.cases, fullList.cases]).toEqual([100, 100]);
    expect(await countOpen(FATE.later)).toBe((CASES * 15) / 20);
    expect(worstOf(after, ({ latencyP99Ms }) => latencyP99Ms)).toBeLessThan(MOST_LATENCY_MS);
    expect(busyList.ms - emptyList.ms).toBeLessThan(MOST_LIST_MS.busy);
    expect(fullList.ms - emptyList.ms).toBeLessThan(MOST_LIST_MS.settled);
    const rss = (samples: typeof after) => worstOf(samples, ({ rssMegabytes }) => Math.max(...rssMegabytes));
    expect(rss(after) - rss(before)).toBeLessThan(MOST_BURST_MEGABYTES);
    const settled = after.filter(({ atSeconds }) => atSeconds > closedSeconds + SETTLE_SECONDS);
    expect(settled.length).toBeGreaterThan(30);
    expect(rss(settled) - rss(settled.slice(0, 5))).toBeLessThan(MOST_DRIFT_MEGABYTES);
    expect(drill.isEverythingRunning()).toBe(true);
    await drill.stopLoad();
    const compare = await drill.untilDrained();
    expect(compare.equal).toBe(true);
  },
  480_000,
);
