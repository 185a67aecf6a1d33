import { BusTableSnapshots } from '../../actors/catalog/bus-table-snapshots.ts';
import type { RouteDeps } from '../../actors/route/route-deps.ts';
import { KafkajsRecordStream } from '../../actors/stream/kafkajs-record-stream.ts';
import type { RecordStream, RecordStreamEvents } from '../../actors/stream/record-stream.ts';
import type { Job } from '../../protocol/message/job.ts';
import { fingerprintTarget } from '../catalog/fingerprint-target.ts';
import { openTargetShards } from '../open-target-shards.ts';
import type { Placed, SharedParts } from './shared-parts.ts';

type PartitionJob = Extract<Job, { readonly partition: number }>;

/** What it takes to tell where the changes of a partition go; the same for all who read them. */
export function buildRouteDeps(parts: SharedParts, { job, logger }: Placed<PartitionJob>): RouteDeps {
  const { clock, settings, bus } = parts.options;
  const { pipeline, partition } = job;
  const own = parts.getPipeline(pipeline);
  const database = parts.getDatabase(own.target.database, 'target');
  return {
    pipeline,
    partition,
    settings: own,
    shards: openTargetShards(database, own, { clock, logger, readOnly: job.kind !== 'sink' }),
    snapshots: new BusTableSnapshots({
      bus,
      environment: settings.environment,
      pipeline,
      fingerprints: new Map(database.shards.map((server) => [server.name, fingerprintTarget(own, server)])),
    }),
    openLookup: parts.openLookup,
    clock,
    logger,
    random: Math.random,
  };
}

/** Reads the partition of the job. */
export function openRecordStream(
  parts: SharedParts,
  { job, placeEpoch, logger }: Placed<PartitionJob>,
  { group, events }: { readonly group: string; readonly events: RecordStreamEvents },
): RecordStream {
  const { clock, settings } = parts.options;
  const { topic, topicEpoch } = parts.getPipeline(job.pipeline).source;
  return new KafkajsRecordStream({
    address: parts.address,
    position: { topic, partition: job.partition, group, topicEpoch },
    placeEpoch,
    sessionTimeoutMs: settings.kafka.sessionTimeout,
    clock,
    random: Math.random,
    log: logger,
    events,
  });
}
