/** An Apache Kafka server in KRaft mode, broker and controller in one process, loopback only. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { applyKafkajsOverrides } from '../../actors/stream/kafkajs-overrides.ts';
import { getJava } from './find-executable.ts';
import { formatOnce, readClusterId, useClassArchive } from './format-kafka.ts';
import { fetchKafkaJars, kafkaClassPath } from './kafka-jars.ts';
import { type ServerLife, ServerProcess, type ServerSpec } from './server-process.ts';

export interface KafkaOptions extends ServerLife {
  /** The server lives in `<folder>/<name>`. */
  readonly folder: string;
  readonly name?: string;
}

export interface KafkaEndpoint {
  readonly brokers: readonly string[];
}

export type KafkaServer = ServerProcess & KafkaEndpoint;

const PROBE_TIMEOUT_MS = 2_000;

const JAVA_SETTINGS = [
  '-Xms256m',
  '-Xmx512m',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
];

export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const server = new ServerProcess(describeKafka(options), options);
  await server.start();
  return Object.assign(server, kafkaEndpoint(server.ports));
}

export function kafkaEndpoint([port = 0]: readonly number[]): KafkaEndpoint {
  return { brokers: [`127.0.0.1:${port}`] };
}

export function describeKafka({ folder: parent, name = 'kafka' }: KafkaOptions): ServerSpec {
  const folder = join(parent, name);
  const settingsFile = join(folder, 'server.properties');
  return {
    name,
    folder,
    portCount: 2,
    prepare: async (ports) => {
      await fetchKafkaJars();
      await writeFile(settingsFile, writeSettings(ports, folder));
      await formatOnce(folder);
    },
    command: () => [
      getJava(),
      ...JAVA_SETTINGS,
      ...useClassArchive(),
      '-cp',
      kafkaClassPath(),
      'kafka.Kafka',
      settingsFile,
    ],
    probe: async (ports) => probe(kafkaEndpoint(ports).brokers, await readClusterId(folder)),
  };
}

function writeSettings([port, controllerPort]: readonly number[], folder: string): string {
  return `${[
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    'controller.listener.names=CONTROLLER',
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    `log.dirs=${join(folder, 'data')}`,
    // One node: every internal topic has one replica. One partition each: a consumer group is served sooner.
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=1',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    // After kill -9 the controller takes the broker back only when the old session is over; the default is 9 s.
    'broker.session.timeout.ms=3000',
    'broker.heartbeat.interval.ms=500',
    // A topic that nobody created on purpose is a mistake in a name.
    'auto.create.topics.enable=false',
    // A message as large as the largest change record that is read.
    'message.max.bytes=20971520',
    // The disk stays bounded when a demo runs for days.
    'log.retention.hours=24',
    'log.retention.bytes=2147483648',
    'log.segment.bytes=134217728',
  ].join('\n')}\n`;
}

/** Cluster metadata, then the coordinator of a consumer group: it is the last part of a broker that comes up. */
async function probe(brokers: readonly string[], clusterId: string): Promise<void> {
  applyKafkajsOverrides(); // without them every connection runs a loop of timers, and Node warns about it
  const kafka = new Kafka({
    clientId: 'ergate-probe',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: PROBE_TIMEOUT_MS,
    requestTimeout: PROBE_TIMEOUT_MS,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.clusterId !== clusterId) {
      throw new Error(`${brokers[0]} belongs to another cluster, ${cluster.clusterId}`);
    }
    await admin.describeGroups(['ergate-probe']);
  } finally {
    await admin.disconnect();
  }
}
