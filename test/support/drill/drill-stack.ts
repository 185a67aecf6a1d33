/** The servers of a drill with the order tables in them; the logs of the targets can be read to the end. */
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { buildSourceSchema, buildTargetSchema } from '../../../deploy/banana/order-schema.ts';
import { installMissing } from '../../../deploy/local/install.ts';
import { type LocalStack, startLocalStack } from '../../../deploy/local/local-stack.ts';
import type { Endpoint, OrderEndpoints } from '../../compare/endpoints.ts';

export interface DrillStack {
  readonly servers: LocalStack;
  readonly endpoints: OrderEndpoints;
  readonly targets: readonly Endpoint[];
  /** For deploy/settings/order.yaml. */
  readonly environment: Readonly<Record<string, string>>;
  /** Target to the folder of its binary log. */
  readonly logFolders: ReadonlyMap<string, string>;
}

export async function startDrillStack(folder: string): Promise<DrillStack> {
  await installMissing({ onProgress: () => {} });
  const servers = await startLocalStack({ folder, readableLogs: true });
  const { order, seller0, seller1, settlement, state, nats, kafka } = servers;
  const targets = [endpointOf(seller0), endpointOf(seller1), endpointOf(settlement)];
  const [first, second, third] = targets as [Endpoint, Endpoint, Endpoint]; // the three of the line above
  const endpoints: OrderEndpoints = { source: endpointOf(order), sellers: [first, second], settlement: third };
  try {
    await runAll(endpoints.source, buildSourceSchema());
    await Promise.all(endpoints.sellers.map((seller) => runAll(seller, buildTargetSchema('seller'))));
    await runAll(endpoints.settlement, buildTargetSchema('settlement'));
  } catch (error) {
    await servers.stop();
    throw error;
  }
  return {
    servers,
    endpoints,
    targets,
    environment: {
      ERGATE_ORDER_PORT: String(order.port),
      ERGATE_SELLER0_PORT: String(seller0.port),
      ERGATE_SELLER1_PORT: String(seller1.port),
      ERGATE_SETTLEMENT_PORT: String(settlement.port),
      ERGATE_STATE_PORT: String(state.port),
      ERGATE_NATS_URL: nats.url,
      ERGATE_KAFKA_BROKER: kafka.brokers[0] ?? '',
    },
    logFolders: new Map([seller0, seller1, settlement].map((server) => [server.name, join(server.folder, 'data')])),
  };
}

export async function runAll(
  { host, port, user, password, database }: Endpoint,
  statements: readonly string[],
): Promise<void> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  try {
    for (const statement of statements) {
      await connection.query(statement);
    }
  } finally {
    await connection.end();
  }
}

export function endpointOf({ name, host, port, user, password, database }: Endpoint): Endpoint {
  return { name, host, port, user, password, database };
}
