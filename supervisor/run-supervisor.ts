import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { openNatsBus } from '../actors/runtime/nats-message-bus.ts';
import { openStateDatabase } from '../actors/state/mysql-state-database.ts';
import { KafkajsStreamAdmin } from '../actors/stream/kafkajs-stream-admin.ts';
import { systemClock } from '../protocol/clock.ts';
import type { Logger } from '../protocol/log/logger.ts';
import type { Settings } from '../protocol/settings/settings-schema.ts';
import { CatalogService } from './catalog/catalog-service.ts';
import { listWatchedShards } from './catalog/list-watched-shards.ts';
import { Supervisor } from './cluster/supervisor.ts';
import { askSink } from './recover/ask-sink.ts';
import { forceSync } from './recover/force-sync.ts';
import { ForceSyncService } from './recover/force-sync-service.ts';
import { HistoryKeeper } from './recover/history-keeper.ts';

export interface SupervisorProcess {
  readonly settings: Settings;
  readonly version: string;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Builds the adapters of a supervisor and runs it until the signal; actors run on without it. */
export async function runSupervisor({ settings, version, logger, signal }: SupervisorProcess): Promise<void> {
  const { environment, nats, kafka } = settings;
  const id = `supervisor/${randomUUID().slice(0, 8)}`;
  const clock = systemClock;
  await using cleanUp = new AsyncDisposableStack();
  const bus = await openNatsBus({
    servers: nats.servers,
    name: id,
    environment,
    logger,
    requestTimeoutMs: nats.requestTimeout,
  });
  cleanUp.defer(() => bus.close());
  const state = openStateDatabase(settings.state);
  cleanUp.defer(() => state.close());
  const address = { brokers: kafka.brokers, clientId: `ergate-${environment}-supervisor` };
  const admin = new KafkajsStreamAdmin({ address, clock, log: logger });
  cleanUp.defer(() => admin.close());
  const catalog = new CatalogService({
    environment,
    bus,
    openShards: () => listWatchedShards(settings, { clock, logger }),
    clock,
    log: logger,
  });
  const forceSyncs = new ForceSyncService({
    environment,
    bus,
    sync: (order) =>
      forceSync(order, {
        settings,
        audit: state.audit,
        ask: (place, request) => askSink(bus, { environment, ...place }, request, id),
      }),
    log: logger,
  });
  const history = new HistoryKeeper({
    pruner: state.history,
    keepMs: settings.state.keepClosedCases,
    clock,
    log: logger,
  });
  const supervisor = new Supervisor({
    settings,
    id,
    version,
    bus,
    state,
    admin,
    services: [catalog, forceSyncs, history],
    clock,
    log: logger,
    random: Math.random,
  });
  cleanUp.defer(() => supervisor.stop());
  supervisor.start();
  await bus.announce({
    name: 'ergate-supervisor',
    version,
    description: 'Places the actors of ergate on nodes and answers how everything is',
    metadata: { environment, id },
  });
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}
