import type { RecoveryDeps } from '../../actors/recovery/recovery-deps.ts';
import { targetName } from '../../actors/route/build-routes.ts';
import { RecordNamer } from '../../actors/row/record-namer.ts';
import { RowPlacer } from '../../actors/row/row-placer.ts';
import { TableShapes } from '../../actors/row/table-shapes.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Job } from '../../protocol/message/job.ts';
import { buildPartitionFinder } from './build-partition-finder.ts';
import type { PipelineWitness, Placed, SharedParts } from './shared-parts.ts';

export function buildRecovery(
  parts: SharedParts,
  { job, placeEpoch, logger }: Placed<Extract<Job, { kind: 'recovery' }>>,
): RecoveryDeps {
  const { bus, settings, clock } = parts.options;
  const { pipeline, partition } = job;
  const { source, apply, verification } = parts.getPipeline(pipeline);
  if (verification === undefined) {
    throw new ReplicationError('ERG_6011', `pipeline ${pipeline} is not verified by the settings of this node`);
  }
  const readers = parts.getWitness(pipeline);
  return {
    pipeline,
    partition,
    placeEpoch,
    environment: settings.environment,
    topicEpoch: source.topicEpoch,
    apply,
    rules: verification.recovery,
    canary: verification.canary,
    findCanary: verification.canary && (async () => (await parts.state.canaries.load(pipeline)).current?.row),
    bus,
    cases: parts.state.cases,
    witness: readers.witness,
    records: buildNamer(parts, pipeline, readers),
    findPartition: buildPartitionFinder(parts, pipeline),
    gateOf: parts.buildGates(pipeline),
    clock,
    logger,
    random: Math.random,
  };
}

function buildNamer(parts: SharedParts, pipeline: string, { source, targets }: PipelineWitness): RecordNamer {
  const { clock } = parts.options;
  const settings = parts.getPipeline(pipeline);
  const tables = Object.entries(settings.tables);
  const ofTarget = new Map(tables.map(([name, table]) => [targetName(name, table), new Set(table.ignoreColumns)]));
  const ofSource = new Map(tables.map(([name]) => [name, new Set<string>()]));
  const shards = targets.map(
    ({ name, primary }) => new TableShapes({ name, reader: primary, wanted: ofTarget, clock }),
  );
  return new RecordNamer({
    settings,
    source: new TableShapes({ name: settings.source.database, reader: source, wanted: ofSource, clock }),
    sourceRows: source,
    shards,
    placer: new RowPlacer({ settings, shards, openLookup: parts.openLookup }),
  });
}
