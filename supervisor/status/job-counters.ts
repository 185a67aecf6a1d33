import { unreachable } from '../../protocol/errors/unreachable.ts';
import type { ActorDetail } from '../../protocol/message/actor-status.ts';
import type { ActorReport } from '../../protocol/message/node-message.ts';
import type { JobRecord } from '../cluster/place-book.ts';
import { LatencyBook } from './latency-book.ts';
import { RateMeter } from './rate-meter.ts';

/** Follows the counters of all jobs from report to report. */
export class JobCounters {
  readonly rates = new RateMeter();
  readonly latencies = new LatencyBook();

  follow(records: readonly JobRecord[]): void {
    for (const { job, report, reportMs } of records) {
      if (report !== undefined) {
        this.#add(job.name, report, reportMs);
      }
    }
    const names = new Set(records.map(({ job }) => job.name));
    this.rates.keepOnly(names);
    this.latencies.keepOnly(names);
  }

  #add(name: string, report: ActorReport, atMs: number): void {
    const life = `${report.placeEpoch}:${report.restarts}`; // an actor counts from its own start
    const { detail } = report.status;
    this.rates.add(name, life, { atMs, count: countOf(detail) });
    if (detail.kind === 'sink') {
      this.latencies.add(name, life, { atMs, snapshot: detail.latency });
    }
  }
}

/** What the rate of a job is the rate of. */
function countOf(detail: ActorDetail): number {
  switch (detail.kind) {
    case 'sink':
      return detail.counts.applied;
    case 'capture':
      return detail.changes;
    case 'verifier':
      return detail.counts.due;
    case 'recovery':
      return detail.counts.checked;
    case 'sweeper':
      return detail.rowsCompared;
    default:
      return unreachable(detail);
  }
}
