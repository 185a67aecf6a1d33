import { FallbackRowReader } from '../../actors/row/fallback-row-reader.ts';
import type { Actor } from '../../actors/runtime/actor.ts';
import type { SourceMarks } from '../../actors/source/source-marks.ts';
import { createVerifierActor } from '../../actors/verifier/verifier-actor.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Job } from '../../protocol/message/job.ts';
import { buildRouteDeps, openRecordStream } from './build-reader-parts.ts';
import { closeReaders, type Placed, type SharedParts } from './shared-parts.ts';

/** Another program writes the stream. */
const NO_MARKS: SourceMarks = { take: () => Promise.resolve(undefined) };

/** Its readers end with it. */
export function buildVerifier(parts: SharedParts, placed: Placed<Extract<Job, { kind: 'verifier' }>>): Actor {
  const { bus, settings } = parts.options;
  const { pipeline, partition } = placed.job;
  const own = parts.getPipeline(pipeline);
  const { topic, topicEpoch } = own.source;
  const group = parts.groupOf('verifier', pipeline, partition);
  const sinkGroup = parts.groupOf('sink', pipeline, partition);
  const readers = parts.openWitness(pipeline);
  const byShard = new Map(
    readers.targets.map(({ name, first: replica, primary }) => {
      const onFailed = ({ message: reason }: ReplicationError) =>
        placed.logger.event('verifier.replica.failed', { shard: name, reason });
      const { clock } = parts.options;
      return [name, replica === primary ? primary : new FallbackRowReader({ replica, primary, clock, onFailed })];
    }),
  );
  const actor = createVerifierActor({
    ...buildRouteDeps(parts, placed),
    environment: settings.environment,
    group,
    placeEpoch: placed.placeEpoch,
    openStream: (events, purpose) =>
      openRecordStream(parts, placed, { group: purpose === 'verifier' ? group : `${group}.range`, events }),
    readSink: own.apply
      ? () => parts.admin.readCommitted({ topic, partition, group: sinkGroup, topicEpoch })
      : undefined,
    gateOf: parts.buildGates(pipeline),
    readerOf: (shard) => getReader(byShard, shard),
    witness: readers.witness,
    source: readers.source,
    marks: parts.findSourceLog(own) ?? NO_MARKS,
    ranges: parts.state.unverifiedRanges,
    findings: parts.state.findingIndex,
    bus,
  });
  actor.ended.then(() => closeReaders(readers)).catch(() => {}); // it resolves
  return actor;
}

function getReader<Reader>(readers: ReadonlyMap<string, Reader>, shard: string): Reader {
  const reader = readers.get(shard);
  if (reader === undefined) {
    throw new ReplicationError('ERG_6011', `no shard ${shard} in the settings of this node`);
  }
  return reader;
}
