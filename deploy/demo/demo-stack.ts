/** The servers of the demo, with the order tables in them, and what the example settings need to know of them. */
import { join } from 'node:path';
import { type OrderEndpoints, readEndpoints } from '../../test/compare/endpoints.ts';
import { installMissing } from '../local/install.ts';
import { type LocalStack, startLocalStack } from '../local/local-stack.ts';
import { createTables } from './create-tables.ts';

export interface DemoStack {
  readonly servers: LocalStack;
  readonly endpoints: OrderEndpoints;
  /** For the settings file. */
  readonly environment: Readonly<Record<string, string>>;
}

type Progress = (message: string) => void;

/** @param settings the settings file, which names the databases */
export async function startDemoStack(folder: string, settings: string, onProgress: Progress): Promise<DemoStack> {
  await installMissing({ onProgress });
  const servers = await startLocalStack({ folder: join(folder, 'stack'), onProgress });
  const { order, seller0, seller1, settlement, state, nats, kafka } = servers;
  const environment = {
    ERGATE_ORDER_PORT: String(order.port),
    ERGATE_SELLER0_PORT: String(seller0.port),
    ERGATE_SELLER1_PORT: String(seller1.port),
    ERGATE_SETTLEMENT_PORT: String(settlement.port),
    ERGATE_STATE_PORT: String(state.port),
    ERGATE_NATS_URL: nats.url,
    ERGATE_KAFKA_BROKER: kafka.brokers[0] ?? '',
  };
  try {
    const endpoints = readEndpoints(settings, environment);
    await createTables(endpoints);
    return { servers, endpoints, environment };
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

/** Servers that a person may kill while the demo runs. */
export function listServers({ order, seller0, seller1, settlement, state, nats, kafka }: LocalStack) {
  return Object.entries({ order, seller0, seller1, settlement, state, nats, kafka });
}
