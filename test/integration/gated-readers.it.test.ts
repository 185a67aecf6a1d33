/** The readers of shards that a node gives to its actors, at servers that refuse every connection. */
import { expect, test } from 'vitest';
import { systemClock as clock } from '../../protocol/clock.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { buildSweeper } from '../../supervisor/actor/build-sweeper.ts';
import { SharedParts } from '../../supervisor/actor/shared-parts.ts';
import { MemoryNetwork } from '../support/memory-bus.ts';
import { aSettingsText, readTexts } from '../support/settings-text.ts';

/** Nobody listens at any of its servers. */
const NOBODY = readTexts([
  aSettingsText({
    state: 'state: { host: 127.0.0.1, port: 1, user: u, database: ergate }',
    databases: `databases:
  order: { driver: mysql, shards: [{ name: order, host: 127.0.0.1, port: 1, user: u, database: order }] }
  seller:
    driver: mysql
    shards:
      - { name: s0, host: 127.0.0.1, port: 1, user: u, database: s0, replica: { host: 127.0.0.1, port: 2 } }`,
    pipelines: `pipelines:
  p:
    source: { database: order, topic: t }
    target: { database: seller }
    tables: { orders: {} }
    verification: {}`,
  }),
]).settings as Settings;
const SWEEPER = { kind: 'sweeper', name: 'sweeper.p', pipeline: 'p' } as const;

test.each([
  ['a verifier', (parts: SharedParts) => parts.openWitness('p').targets[0]?.primary],
  ['recovery, or a sink that repairs,', (parts: SharedParts) => parts.getWitness('p').targets[0]?.primary],
  [
    'a sweeper',
    (parts: SharedParts) =>
      buildSweeper(parts, { job: SWEEPER, placeEpoch: 1, logger: silentLogger }).sides.shards[0]?.reader,
  ],
])('what %s of a node cannot read makes the breaker of the shard ask; a replica does not', async (_, open) => {
  await using stack = new AsyncDisposableStack();
  const bus = new MemoryNetwork(clock).open('node', silentLogger);
  const faults = { wrap: <T>(server: T) => server };
  const options = { settings: NOBODY, node: 'n', boot: 'b', bus, faults, clock, logger: silentLogger };
  const parts = new SharedParts(options);
  stack.defer(() => parts.close());
  const [target] = parts.getWitness('p').targets;
  await expect(target?.first.readTables(['orders'])).rejects.toMatchObject({ code: 'ERG_3001' });
  expect(parts.listBreakers()).toEqual([]);
  const reader = open(parts);
  stack.defer(() => reader?.close());
  await expect(reader?.readTables(['orders'])).rejects.toMatchObject({ code: 'ERG_3001' });
  expect(parts.listBreakers()).toMatchObject([{ pipeline: 'p', shard: 's0', state: 'suspect' }]);
});
