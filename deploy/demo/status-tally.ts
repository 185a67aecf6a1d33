import type { SinkCounts } from '../../protocol/message/actor-status.ts';
import type { ActorReport } from '../../protocol/message/node-message.ts';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';

export interface PipelineTally {
  readonly pipeline: string;
  readonly applied: number;
  readonly written: number;
  readonly filtered: number;
  readonly repeated: number;
  readonly retries: number;
}

/**
 * Adds the counters of all sinks up over the whole run. An actor counts from its own start, so the newest report of each
 * incarnation is kept; what an actor did between its last report and its death is not seen.
 */
export class StatusTally {
  readonly #incarnations = new Map<string, { pipeline: string; counts: SinkCounts }>();
  /** By job and place, how often the actor was started again there. */
  readonly #starts = new Map<string, Map<number, number>>();

  add(status: SupervisorStatus): void {
    for (const { report } of status.jobs) {
      if (report !== undefined) {
        this.#addReport(report);
      }
    }
  }

  /** How often an actor was started again where it was. */
  get restarts(): number {
    const counts = [...this.#starts.values()].flatMap((places) => [...places.values()]);
    return counts.reduce((sum, restarts) => sum + restarts, 0);
  }

  /** How often a job got another place: its node was lost, or had more than its share. */
  get moves(): number {
    return [...this.#starts.values()].reduce((sum, places) => sum + places.size - 1, 0);
  }

  byPipeline(): PipelineTally[] {
    const tallies = new Map<string, PipelineTally>();
    for (const { pipeline, counts } of this.#incarnations.values()) {
      const sum = tallies.get(pipeline);
      tallies.set(pipeline, {
        pipeline,
        applied: counts.applied + (sum?.applied ?? 0),
        written: counts.written + (sum?.written ?? 0),
        filtered: counts.filtered + (sum?.filtered ?? 0),
        repeated: counts.repeated + (sum?.repeated ?? 0),
        retries: counts.retries + (sum?.retries ?? 0),
      });
    }
    return [...tallies.values()].sort((left, right) => left.pipeline.localeCompare(right.pipeline));
  }

  #addReport({ job, placeEpoch, restarts, status }: ActorReport): void {
    const incarnation = `${placeEpoch}:${restarts}`;
    const places = this.#starts.get(job.name) ?? new Map<number, number>();
    this.#starts.set(job.name, places.set(placeEpoch, Math.max(restarts, places.get(placeEpoch) ?? 0)));
    if (job.kind === 'sink' && status.detail.kind === 'sink') {
      const { counts } = status.detail;
      this.#incarnations.set(`${job.name}:${incarnation}`, { pipeline: job.pipeline, counts });
    }
  }
}
