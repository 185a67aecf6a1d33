import { expect, test } from 'vitest';
import { systemClock } from '../../../protocol/clock.ts';
import { silentLogger } from '../../../protocol/log/logger.ts';
import type { Settings } from '../../../protocol/settings/settings-schema.ts';
import { listWatchedShards } from '../../../supervisor/catalog/list-watched-shards.ts';
import { openTargetShards } from '../../../supervisor/open-target-shards.ts';
import { aSettingsText, readTexts } from '../../support/settings-text.ts';

const ports = { clock: systemClock, logger: silentLogger };
const settings = readTexts([
  aSettingsText({
    databases: `databases:
  order: { driver: mysql, shards: [{ name: order, host: order-host, user: u, database: order }] }
  seller: { driver: mysql, shards: [{ name: seller0, host: seller-host, user: u, database: seller }] }
  ora: { driver: oracle, shards: [{ name: ora, host: ora-host, user: u, database: ord }] }`,
    pipelines: `pipelines:
  history: { source: { database: order, topic: t }, target: { database: ora }, tables: { orders: {} } }
  seller: { source: { database: order, topic: t }, target: { database: seller }, tables: { orders: {} } }`,
  }),
]).settings as Settings;

test('a target without an adapter is not taken for one of the MySQL family', () => {
  const { databases, pipelines } = settings;
  expect(() =>
    openTargetShards(
      databases['ora'] as Settings['databases'][string],
      pipelines['history'] as Settings['pipelines'][string],
      ports,
    ),
  ).toThrow(/ERG_8002: .*oracle/);
});

test('its tables are not watched, those of the other targets are', () => {
  expect(listWatchedShards(settings, ports).map(({ pipeline }) => pipeline)).toEqual(['seller']);
});
