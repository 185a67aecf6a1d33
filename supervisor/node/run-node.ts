import { randomUUID } from 'node:crypto';
import { FaultSwitch } from '../../actors/runtime/fault-switch.ts';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { systemClock } from '../../protocol/clock.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { createActorFactory } from '../build-actor.ts';
import { listenForFaults } from './listen-for-faults.ts';
import { ProcessGauges } from './node-gauges.ts';
import { NodeHost } from './node-host.ts';

export interface RunNodeOptions {
  readonly settings: Settings;
  /** a-z, 0-9 and -, at most 40 characters. */
  readonly node: string;
  readonly version?: string | undefined;
  readonly logger: Logger;
  /** Aborted: the node drains and ends. */
  readonly signal: AbortSignal;
}

/** Drained and closed within ten seconds of the signal, also when nothing answers. */
const DRAIN_MS = 8_000;
const CLOSE_MS = 1_500;
/** Of sysexits.h: a person has to change something, here the name of the node. */
const EXIT_CONFIGURATION = 78;

/**
 * Builds the adapters of a node and runs it until the signal, or until a process that started later uses its name.
 *
 * @returns the exit code. The caller ends the process with it, because a socket of a server that does not answer may be
 *   left behind.
 */
export async function runNode({ settings, node, version = '0.0.0', logger, signal }: RunNodeOptions): Promise<number> {
  const { environment, nats, supervisor } = settings;
  const boot = randomUUID().slice(0, 8);
  const log = logger.child({ node, boot });
  const clock = systemClock;
  const ending = Promise.withResolvers<number>();
  using gauges = new ProcessGauges();
  const bus = await openNatsBus({
    servers: nats.servers,
    name: `${node}/${boot}`,
    environment,
    clock,
    logger: log,
    requestTimeoutMs: Math.min(nats.requestTimeout, CLOSE_MS),
  });
  const faults = new FaultSwitch({ environment, faults: settings.faults, clock });
  const factory = createActorFactory({ settings, node, boot, bus, faults, clock, logger: log });
  const host = new NodeHost({
    environment,
    node,
    boot,
    version,
    heartbeatEveryMs: supervisor.heartbeatEvery,
    restartBudget: { restarts: supervisor.restartBudget.restarts, withinMs: supervisor.restartBudget.within },
    bus,
    createActor: (job, placeEpoch) => factory.createActor(job, placeEpoch),
    readGauges: () => gauges.read(),
    listFaults: () => faults.list(),
    listBreakers: () => factory.listBreakers(),
    clock,
    random: Math.random,
    logger: log,
    onSuperseded: () => ending.resolve(EXIT_CONFIGURATION),
  });
  using _faults = listenForFaults({ environment, bus, faults, logger: log });
  host.start();
  await bus.announce({
    name: 'ergate-node',
    version,
    description: 'Runs the actors of ergate that the supervisor places on it',
    metadata: { environment, node, boot },
  });
  whenAborted(signal, () => ending.resolve(0));
  const exitCode = await ending.promise;
  await host.drain(DRAIN_MS);
  await Promise.race([
    host
      .stop()
      .then(() => bus.close())
      .then(() => factory.close()),
    after(CLOSE_MS),
  ]);
  return exitCode;
}

function whenAborted(signal: AbortSignal, react: () => void): void {
  if (signal.aborted) {
    react();
  } else {
    signal.addEventListener('abort', react, { once: true });
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
