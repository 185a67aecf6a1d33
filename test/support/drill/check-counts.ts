import type { SupervisorStatus } from '../../../protocol/message/supervisor-status.ts';
import { countUnaccounted } from '../count-changes.ts';
import { PIPELINES } from './expected-places.ts';
import { type OffsetSample, partitionName, type Violation } from './history.ts';

/** Every sink says that it has committed up to these ends of its partitions. */
export function haveToldAll(status: SupervisorStatus | undefined, ends: OffsetSample['ends']): boolean {
  const told = new Map(listSinks(status).map(({ name, detail }) => [name, Number(detail.committedOffset)]));
  return PIPELINES.every((pipeline) =>
    [...ends].every(([partition, end]) => (told.get(partitionName(pipeline, partition)) ?? -1) >= end),
  );
}

/**
 * I10, by the sinks' own counts, when they have told all: each change that they took since their start was applied, filtered
 * or refused. What was read again for a shard that had been left out is counted twice.
 */
export function checkCounts(status: SupervisorStatus | undefined): Violation[] {
  return listSinks(status).flatMap(({ name, detail }) => {
    const missing = countUnaccounted(detail);
    return missing > 0
      ? [
          {
            invariant: 'I10',
            message: `${name} does not tell what became of ${missing} of ${detail.counts.changes} changes`,
          },
        ]
      : [];
  });
}

function listSinks(status: SupervisorStatus | undefined) {
  return (status?.jobs ?? []).flatMap(({ job, report }) => {
    const detail = report?.status.detail;
    return job.kind === 'sink' && detail?.kind === 'sink'
      ? [{ name: partitionName(job.pipeline, job.partition), detail }]
      : [];
  });
}
