import type { MessageBus } from '../../actors/runtime/message-bus.ts';
import { openNatsBus } from '../../actors/runtime/nats-message-bus.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { FaultOrder } from '../../protocol/message/fault-order.ts';
import type { RepairAnswer, RepairRequest } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { askSink } from '../recover/ask-sink.ts';

/** Asks the supervisor and its actors, over one connection for as many questions as there are. */
export class SupervisorClient {
  readonly #bus: MessageBus;
  readonly #settings: Pick<Settings, 'environment' | 'nats'>;

  private constructor(bus: MessageBus, settings: Pick<Settings, 'environment' | 'nats'>) {
    this.#bus = bus;
    this.#settings = settings;
  }

  /** @throws ReplicationError ERG_6102 when NATS cannot be reached in time */
  static async open(settings: Pick<Settings, 'environment' | 'nats'>): Promise<SupervisorClient> {
    const { environment, nats } = settings;
    const name = `cli/${process.pid}`;
    const options = { servers: nats.servers, name, environment, requestTimeoutMs: nats.requestTimeout };
    const bus = await openNatsBus({ ...options, logger: silentLogger });
    try {
      await untilConnected(bus, settings);
    } catch (error) {
      bus.close().catch(() => {}); // or it would go on trying
      throw error;
    }
    return new SupervisorClient(bus, settings);
  }

  /** @throws ReplicationError ERG_6008 when no supervisor answers */
  async readStatus(): Promise<SupervisorStatus> {
    const { environment, nats } = this.#settings;
    try {
      const answer = await this.#bus.requestJson(buildSubjects(environment).supervisorStatus, nats.requestTimeout);
      return answer as SupervisorStatus; // the supervisor wrote it; fields of another version are absent or extra
    } catch (error) {
      throw describeSilence(error, this.#settings);
    }
  }

  /** To every node; which of them obeyed is in the next status. */
  orderFault(body: FaultOrder): void {
    const subject = buildSubjects(this.#settings.environment).faultOrders;
    this.#bus.publish(subject, { type: 'fault.order', id: `cli-${process.pid}`, epoch: 0, body });
  }

  /** @throws ReplicationError ERG_6101 when no sink serves the partition, ERG_6102, ERG_5202 when it takes no more now */
  repair(
    { pipeline, partition }: { readonly pipeline: string; readonly partition: number },
    request: RepairRequest,
  ): Promise<RepairAnswer> {
    const { environment } = this.#settings;
    return askSink(this.#bus, { environment, pipeline, partition }, request, `cli-${process.pid}`);
  }

  close(): Promise<void> {
    return this.#bus.close();
  }
}

async function untilConnected(bus: MessageBus, { nats }: Pick<Settings, 'nats'>): Promise<void> {
  if (bus.isConnected) {
    return;
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    reject(new ReplicationError('ERG_6102', `NATS cannot be reached at ${nats.servers.join(', ')}`));
  }, nats.requestTimeout);
  using _listening = bus.onReconnect(resolve);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

function describeSilence(error: unknown, { environment, nats }: Pick<Settings, 'environment' | 'nats'>): Error {
  const reason = asReplicationError(error).code === 'ERG_6101' ? 'nobody listens' : 'no answer in time';
  const asked = `the supervisor of environment ${environment} does not answer at ${nats.servers.join(', ')}`;
  return new ReplicationError('ERG_6008', `${asked} (${reason})`, { cause: error });
}
