/** node lone-supervisor.ts <settings file>: the real supervisor on real NATS and a real state database; Kafka is said to have one topic. */
import { randomUUID } from 'node:crypto';
import { openNatsBus } from '../../../actors/runtime/nats-message-bus.ts';
import { openStateDatabase } from '../../../actors/state/mysql-state-database.ts';
import { systemClock } from '../../../protocol/clock.ts';
import { readSettings } from '../../../protocol/settings/read-settings.ts';
import { CatalogService } from '../../../supervisor/catalog/catalog-service.ts';
import { listWatchedShards } from '../../../supervisor/catalog/list-watched-shards.ts';
import { Supervisor } from '../../../supervisor/cluster/supervisor.ts';
import { openProcessLog } from '../../../supervisor/observe/json-logger.ts';
import { PARTITIONS } from './rig-settings.ts';

const settings = readSettings(process.argv.slice(2), process.env);
const { logger: log } = openProcessLog({ fields: { process: 'supervisor' } });
const id = `supervisor/${randomUUID().slice(0, 8)}`;
const bus = await openNatsBus({ servers: settings.nats.servers, name: id, logger: log, requestTimeoutMs: 1_000 });
const clock = systemClock;
const openShards = () => listWatchedShards(settings, { clock, logger: log });
new Supervisor({
  settings,
  id,
  version: '0.0.0',
  bus,
  state: openStateDatabase(settings.state),
  services: [new CatalogService({ environment: settings.environment, bus, openShards, clock, log })],
  admin: { ensureTopic: async () => false, readPartitionCount: async () => PARTITIONS },
  clock,
  log,
  random: Math.random,
}).start();
