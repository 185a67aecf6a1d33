import type { CaptureActorDeps } from '../../actors/capture/capture-actor.ts';
import { createMysqlCaptureSource } from '../../actors/capture/mysql-capture-source.ts';
import { KafkajsChangeProducer } from '../../actors/stream/kafkajs-change-producer.ts';
import type { Job } from '../../protocol/message/job.ts';
import type { Placed, SharedParts } from './shared-parts.ts';

export function buildCapture(
  parts: SharedParts,
  { job, placeEpoch, logger }: Placed<Extract<Job, { kind: 'capture' }>>,
): CaptureActorDeps {
  const { clock } = parts.options;
  const { address, admin } = parts;
  const settings = parts.getCapture(job.capture);
  const server = parts.getSourceServer(settings.database);
  const { topic } = settings;
  return {
    name: job.capture,
    schema: server.database,
    settings,
    placeEpoch,
    source: createMysqlCaptureSource(server, settings),
    checkpoints: parts.state.checkpoints,
    createProducer: () => new KafkajsChangeProducer({ address, topic, clock, log: logger }),
    readPartitionCount: () => admin.readPartitionCount(topic),
    clock,
    logger,
    random: Math.random,
  };
}
