/**
 * What the supervisor remembers of each job between two looks at the nodes: its place, where it failed, how long it is
 * quarantined. All of it may be lost: a new supervisor reads the places off the heartbeats.
 */
import type { Job } from '../../protocol/message/job.ts';
import type { ActorReport } from '../../protocol/message/node-message.ts';

export interface Place {
  readonly node: string;
  /** Boot of the node's process that was meant. */
  readonly boot: string;
  readonly placeEpoch: number;
  readonly placedMs: number;
  /** When the node accepted the spawn, or was found running it. */
  acceptedMs: number | undefined;
  /** The place that it moves away from: its actor runs on until the new one works. */
  readonly from: { readonly node: string; readonly placeEpoch: number } | undefined;
}

export interface Quarantine {
  readonly untilMs: number;
  readonly reason: string;
}

export interface JobRecord {
  readonly job: Job;
  place: Place | undefined;
  /** Node to the reason why it failed there. */
  readonly failedOn: Map<string, string>;
  /** Spawns that the node of its place did not accept, in a row, or actors that vanished. */
  refusals: number;
  quarantine: Quarantine | undefined;
  /** How often it was quarantined since it last ran well. */
  quarantines: number;
  /** Wall time of the last change that is not the actor's own. */
  sinceMs: number;
  /** The newest report, also after its place is gone. */
  report: ActorReport | undefined;
  reportMs: number;
}

export interface PlaceBookTimes {
  readonly nowMs: number;
  readonly wallMs: number;
}

const FIRST_QUARANTINE_MS = 60_000;
const LAST_QUARANTINE_MS = 3_600_000;
const MAX_NODES_TRIED = 2;
/** A job that ran so long has proved itself; what went wrong before is forgotten. */
const STEADY_MS = 600_000;
/** An actor that runs so long at its place has not vanished again. */
const ACCEPTED_MS = 30_000;
const MAX_REFUSALS = 3;

export class PlaceBook {
  readonly #records = new Map<string, JobRecord>();

  get records(): readonly JobRecord[] {
    return [...this.#records.values()];
  }

  find(jobName: string): JobRecord | undefined {
    return this.#records.get(jobName);
  }

  /** Keeps a record of these jobs and of no others. */
  follow(jobs: readonly Job[], wallMs: number): void {
    const known = new Map(this.#records);
    this.#records.clear();
    for (const job of jobs) {
      this.#records.set(job.name, known.get(job.name) ?? createRecord(job, wallMs));
    }
  }

  put(record: JobRecord, place: Place, wallMs: number): void {
    if (place.node !== record.place?.node) {
      record.refusals = 0;
    }
    record.place = place;
    record.sinceMs = wallMs;
  }

  /** The spawn was not accepted, or the actor vanished. @returns true when the node has had its chances */
  refuse(record: JobRecord): boolean {
    record.refusals++;
    return record.refusals >= MAX_REFUSALS;
  }

  /**
   * The job cannot run on its node. @returns the quarantine when there is nowhere left to try
   *
   * @param openNodes nodes that take actors
   */
  fail(record: JobRecord, reason: string, openNodes: readonly string[], times: PlaceBookTimes): Quarantine | undefined {
    if (record.place !== undefined) {
      record.failedOn.set(record.place.node, reason);
    }
    record.place = undefined;
    record.refusals = 0;
    record.sinceMs = times.wallMs;
    const isLeft = openNodes.some((node) => !record.failedOn.has(node));
    if (isLeft && record.failedOn.size < MAX_NODES_TRIED) {
      return undefined;
    }
    const pauseMs = Math.min(LAST_QUARANTINE_MS, FIRST_QUARANTINE_MS * 2 ** Math.min(record.quarantines, 20));
    record.quarantines++;
    record.quarantine = { untilMs: times.nowMs + pauseMs, reason };
    return record.quarantine;
  }

  /** Ends quarantines whose time has come, and forgets the failures of what has run well for long. */
  forgive({ nowMs, wallMs }: PlaceBookTimes): void {
    for (const record of this.#records.values()) {
      if (record.quarantine !== undefined && nowMs >= record.quarantine.untilMs) {
        record.quarantine = undefined;
        record.failedOn.clear();
        record.sinceMs = wallMs;
      }
      const { place, report } = record;
      const runsMs = report?.status.state === 'running' && place !== undefined ? nowMs - place.placedMs : 0;
      if (runsMs >= ACCEPTED_MS) {
        record.refusals = 0;
      }
      if (runsMs >= STEADY_MS) {
        record.failedOn.clear();
        record.quarantines = 0;
      }
    }
  }
}

function createRecord(job: Job, wallMs: number): JobRecord {
  return {
    job,
    place: undefined,
    failedOn: new Map(),
    refusals: 0,
    quarantine: undefined,
    quarantines: 0,
    sinceMs: wallMs,
    report: undefined,
    reportMs: 0,
  };
}
