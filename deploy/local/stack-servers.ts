/** The servers of the local stack, as a table: who they are, and what an `ergate` process is told about them. */
import { join } from 'node:path';
import { databaseEndpoint } from './database-server.ts';
import type { ServerSpec } from './server-process.ts';
import { describeKafka, kafkaEndpoint } from './start-kafka.ts';
import { describeMariadb, type MariadbOptions } from './start-mariadb.ts';
import { describeNats, natsEndpoint } from './start-nats.ts';

export const DEFAULT_STACK_FOLDER = join(import.meta.dirname, '..', '..', '.ergate', 'stack');

/** `seller` is sharded: the same database name on two servers. */
export const STACK_DATABASES = {
  order: { name: 'order', database: 'order', serverId: 1, source: true },
  seller0: { name: 'seller0', database: 'seller', serverId: 2 },
  seller1: { name: 'seller1', database: 'seller', serverId: 3 },
  settlement: { name: 'settlement', database: 'settlement', serverId: 4 },
  state: { name: 'state', database: 'ergate', serverId: 5 },
} as const satisfies Record<string, Omit<MariadbOptions, 'folder'>>;

export interface StackServer {
  readonly spec: ServerSpec;
  /** The variable by which deploy/settings/order.yaml asks for this server. */
  readonly variable: string;
  /** That variable's value. */
  readonly readAddress: (ports: readonly number[]) => string;
}

export function listStackServers(folder: string): readonly StackServer[] {
  const databases = Object.values(STACK_DATABASES).map((database): StackServer => {
    const options = { folder, ...database };
    return {
      spec: describeMariadb(options),
      variable: `ERGATE_${database.name.toUpperCase()}_PORT`,
      readAddress: (ports) => String(databaseEndpoint(options, ports).port),
    };
  });
  return [
    ...databases,
    {
      spec: describeNats({ folder }),
      variable: 'ERGATE_NATS_URL',
      readAddress: (ports) => natsEndpoint(ports).url,
    },
    {
      spec: describeKafka({ folder }),
      variable: 'ERGATE_KAFKA_BROKER',
      readAddress: (ports) => kafkaEndpoint(ports).brokers[0] ?? '',
    },
  ];
}
