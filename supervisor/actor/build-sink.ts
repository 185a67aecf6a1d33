import type { RepairDeps } from '../../actors/sink/repair-deps.ts';
import type { SinkDeps } from '../../actors/sink/sink-deps.ts';
import { MysqlRowAnchor } from '../../actors/source/mysql-row-anchor.ts';
import { listRecordKeys } from '../../actors/sweeper/row-owner.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Job } from '../../protocol/message/job.ts';
import { buildPartitionFinder } from './build-partition-finder.ts';
import { buildRouteDeps, openRecordStream } from './build-reader-parts.ts';
import type { Placed, SharedParts } from './shared-parts.ts';

/** @throws ReplicationError ERG_6011 also where another tool writes the target: the supervisor has older settings, or newer ones */
export function buildSink(parts: SharedParts, placed: Placed<Extract<Job, { kind: 'sink' }>>): SinkDeps {
  const { node, boot } = parts.options;
  const { pipeline, partition } = placed.job;
  if (!parts.getPipeline(pipeline).apply) {
    throw new ReplicationError('ERG_6011', `apply of ${pipeline} is false in the settings of this node`);
  }
  const group = parts.groupOf('sink', pipeline, partition);
  return {
    ...buildRouteDeps(parts, placed),
    group,
    placeEpoch: placed.placeEpoch,
    owner: `${node}/${boot}`,
    openStream: (events, purpose) =>
      openRecordStream(parts, placed, { group: purpose === 'sink' ? group : `${group}.catch-up`, events }),
    gateOf: parts.buildGates(pipeline),
    findings: parts.state.findings,
    unwrittenColumns: parts.state.unwrittenColumns,
    repair: buildRepair(parts, pipeline),
  };
}

/** Undefined when the pipeline is not verified. */
function buildRepair(parts: SharedParts, pipeline: string): RepairDeps | undefined {
  const { bus, settings } = parts.options;
  const own = parts.getPipeline(pipeline);
  if (own.verification === undefined) {
    return undefined;
  }
  const { source, witness, targets } = parts.getWitness(pipeline);
  const [, capture] = parts.findCapture(own) ?? [];
  return {
    bus,
    environment: settings.environment,
    witness,
    anchor: new MysqlRowAnchor({
      pool: parts.getSourcePool(own.source.database),
      tables: source,
      logEpoch: capture?.epoch,
    }),
    findPartition: buildPartitionFinder(parts, pipeline),
    recordKeys: listRecordKeys(settings.captures, own.source.topic),
    readers: new Map(targets.map(({ name, primary }) => [name, primary])),
  };
}
