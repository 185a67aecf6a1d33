/**
 * One shard of a target is away while the load goes on. ERGATE_OUTAGE_SECONDS makes it longer than the short form that runs
 * with the other drills, and prints how memory and the healthy shard went.
 */
import { expect } from 'vitest';
import type { Endpoint } from '../compare/endpoints.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';
import { expectClean } from '../support/drill/expect-clean.ts';
import { type OutageSample, percentile, watchOutage } from '../support/drill/outage-watch.ts';
import { startDrill } from '../support/drill/start-drill.ts';

const OUTAGE_SECONDS = Number(process.env['ERGATE_OUTAGE_SECONDS'] ?? 10);
const RATE = Number(process.env['ERGATE_OUTAGE_RATE'] ?? 400);
const NODES = 2;
const SETTINGS = `
pipelines:
  order-seller: { breaker: { openFor: 2s, parkAfter: 3s } }
`;

testOnRequest(
  'a shard that is away is left out, the others go on at full speed in the same memory, and it gets everything later',
  'verify-outages takes shards away as well',
  async () => {
    const drill = await startDrill({ rate: RATE, settings: SETTINGS });
    await drill.untilRandomMoment();

    await drill.killServer('seller0');
    await drill.until('every breaker of seller0 is open', () => {
      const open = drill.listBreakers('order-seller').filter(({ state }) => state === 'open');
      return open.length === NODES && open.every(({ shard }) => shard === 'seller0');
    });
    await drill.until('every sink leaves seller0 out', () => drill.listLeftOut('order-seller').length === 4);
    expect(new Set(drill.listLeftOut('order-seller').map(({ shard, table }) => `${shard} ${table}`))).toEqual(
      new Set(['seller0 undefined']),
    );
    const samples = await watchOutage(
      drill,
      drill.stack.targets[1] as Endpoint,
      AbortSignal.timeout(OUTAGE_SECONDS * 1_000),
    );

    await drill.startServer('seller0');
    await drill.until('nothing is left out', () => drill.listLeftOut('order-seller').length === 0);
    await drill.untilWhole();
    expect(drill.listBreakers('order-seller')).toEqual([]);

    const order = ['order-seller', 'seller1', '--reason', 'a drill'];
    expect(await drill.processes.run('breaker', 'open', ...order)).toContain('is held open');
    await drill.until('every node holds it', () => drill.listBreakers('order-seller').length === NODES);
    expect(await drill.processes.run('breaker', 'list')).toMatch(/order-seller +seller1 +held .* a drill \(/);
    await drill.until('every sink leaves seller1 out', () => drill.listLeftOut('order-seller').length === 4);
    await drill.untilArriving(['seller0']);
    await drill.processes.run('breaker', 'close', ...order);
    await drill.until('all breakers are closed', () => drill.listBreakers('order-seller').length === 0);
    await drill.untilWhole();
    expectClean(await drill.finish());
    tell(samples);
    expect(
      percentile(
        samples.map(({ behindMs }) => behindMs),
        0.99,
      ),
    ).toBeLessThan(1_000);
  },
  OUTAGE_SECONDS * 1_000 + 300_000,
);

function tell(samples: readonly OutageSample[]): void {
  const behind = samples.map(({ behindMs }) => behindMs);
  console.log(
    `${OUTAGE_SECONDS} s, ${samples.length} looks: healthy shard behind p50 ${percentile(behind, 0.5)} ms, p99 ${percentile(behind, 0.99)} ms, most ${Math.max(...behind)} ms`,
  );
  const every = Math.max(1, Math.floor(samples.length / 40));
  for (const { atSeconds, rssMegabytes } of samples.filter((_, index) => index % every === 0)) {
    console.log(`${atSeconds.toFixed(0).padStart(4)} s  ${rssMegabytes.map((rss) => `${rss} MB`).join('  ')}`);
  }
}
