/** node fake-node.ts <nats url> <node name>: the real node host on a real bus, with actors that do nothing. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../../actors/runtime/actor.ts';
import { openNatsBus } from '../../../actors/runtime/nats-message-bus.ts';
import { systemClock } from '../../../protocol/clock.ts';
import { silentLogger } from '../../../protocol/log/logger.ts';
import type { ActorStatus } from '../../../protocol/message/actor-status.ts';
import { EMPTY_LATENCY } from '../../../protocol/message/latency-histogram.ts';
import { NodeHost } from '../../../supervisor/node/node-host.ts';
import { HEARTBEAT_MS, TEST_ENVIRONMENT } from './rig-settings.ts';

const [url = '', node = ''] = process.argv.slice(2);

class IdleActor implements Actor {
  readonly #ended = Promise.withResolvers<Error | undefined>();
  readonly #sinceMs = Date.now();
  readonly ended = this.#ended.promise;

  async start(): Promise<void> {}

  async drain(): Promise<void> {
    await this.stop();
  }

  async stop(): Promise<void> {
    this.#ended.resolve(undefined);
  }

  status(): ActorStatus {
    const counts = {
      records: 0,
      changes: 0,
      applied: 0,
      written: 0,
      filtered: 0,
      repeated: 0,
      findings: 0,
      refused: 0,
    };
    return {
      state: 'running',
      reason: undefined,
      sinceMs: this.#sinceMs,
      detail: {
        kind: 'sink',
        topic: 'cdc.order',
        group: '',
        committedOffset: '0',
        endOffset: '0',
        lagRecords: 0,
        lagSeconds: 0,
        queuedChanges: 0,
        queuedBytes: 0,
        counts: { ...counts, tombstones: 0, batches: 0, retries: 0 },
        lanes: [],
        parked: [],
        oddities: { emptyRecords: 0, repeatedColumns: 0, refusedCommitTimes: 0, controlRecords: 0, unknownFields: [] },
        unwrittenColumns: [],
        latency: EMPTY_LATENCY,
      },
    };
  }
}

const boot = randomUUID().slice(0, 8);
const bus = await openNatsBus({
  servers: [url],
  name: `${node}/${boot}`,
  logger: silentLogger,
  requestTimeoutMs: 1_000,
});
const host = new NodeHost({
  environment: TEST_ENVIRONMENT,
  node,
  boot,
  version: '0.0.0',
  heartbeatEveryMs: HEARTBEAT_MS,
  restartBudget: { restarts: 5, withinMs: 60_000 },
  bus,
  createActor: () => new IdleActor(),
  readGauges: () => ({ eventLoopLagMs: 0, rssBytes: 0, cpuSeconds: 0 }),
  clock: systemClock,
  random: Math.random,
  logger: silentLogger,
  onSuperseded: () => process.exit(78),
});
host.start();
process.once('SIGTERM', () => {
  void host
    .drain(1_000)
    .then(() => host.stop())
    .then(() => bus.close())
    .then(() => process.exit(0));
});
