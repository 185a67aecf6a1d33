import { targetName } from '../../actors/route/build-routes.ts';
import { parseNote } from '../../actors/stream/parked-scope.ts';
import { BusCanaryDesk } from '../../actors/sweeper/bus-canary-desk.ts';
import { BusMismatchReporter } from '../../actors/sweeper/bus-mismatch-reporter.ts';
import { createSweepSides } from '../../actors/sweeper/create-sweep-sides.ts';
import { listRecordKeys } from '../../actors/sweeper/row-owner.ts';
import { StreamProgress } from '../../actors/sweeper/stream-progress.ts';
import { DEFAULT_PACE, type SweeperDeps } from '../../actors/sweeper/sweeper-deps.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Job } from '../../protocol/message/job.ts';
import { findWithinMs } from '../../protocol/verify/reserved-row.ts';
import { listSourceKeys } from '../open-row-readers.ts';
import type { Placed, SharedParts } from './shared-parts.ts';

export function buildSweeper(
  parts: SharedParts,
  { job, placeEpoch, logger }: Placed<Extract<Job, { kind: 'sweeper' }>>,
): SweeperDeps {
  const { bus, settings, clock } = parts.options;
  const { pipeline } = job;
  const own = parts.getPipeline(pipeline);
  const { source, tables, verification } = own;
  if (verification === undefined) {
    throw new ReplicationError('ERG_6011', `pipeline ${pipeline} is not verified by the settings of this node`);
  }
  const { sweep, canary } = verification;
  const idPrefix = `sweeper.${pipeline}.${placeEpoch}`;
  const { admin } = parts;
  const { topic, topicEpoch } = source;
  const { environment } = settings;
  return {
    pipeline,
    settings: own,
    everyMs: sweep?.every,
    pace: sweep ?? DEFAULT_PACE,
    placeEpoch,
    store: parts.state.sweeps,
    sides: createSweepSides({
      settings: own,
      source: parts.getSource(source.database).openRowReader(listSourceKeys(own)),
      targets: parts.openTargets(pipeline).map(({ name, primary }) => ({ name, reader: primary })),
      openLookup: parts.openLookup,
      clock,
    }),
    readPartitionCount: () => admin.readPartitionCount(topic),
    buildProgress: (partitions) =>
      new StreamProgress({
        partitions,
        readOffsetRange: (partition) => admin.readOffsetRange(topic, partition),
        readCommitted: own.apply
          ? (partition) =>
              admin.readCommitted({ topic, partition, group: parts.groupOf('sink', pipeline, partition), topicEpoch })
          : undefined,
        readLeftOut: (metadata) => parseNote(metadata).parked,
        targetName: (name) => {
          const table = tables[name];
          return table === undefined ? name : targetName(name, table);
        },
        log: parts.findSourceLog(own),
        delayMs: verification.delay,
        clock,
      }),
    reporter: new BusMismatchReporter({ environment, pipeline, idPrefix, bus }),
    recordKeys: listRecordKeys(settings.captures, topic),
    canary: canary && {
      settings: canary,
      withinMs: findWithinMs(verification, canary),
      store: parts.state.canaries,
      cases: parts.state.cases,
      gateOf: parts.buildGates(pipeline),
      desk: new BusCanaryDesk({ environment, pipeline, idPrefix: `${idPrefix}.canary`, bus }),
    },
    clock,
    logger,
    random: Math.random,
  };
}
