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
    this.rates.add(name, life, { atMs, count: detail.kind === 'sink' ? detail.counts.applied : detail.changes });
    if (detail.kind === 'sink') {
      this.latencies.add(name, life, { atMs, snapshot: detail.latency });
    }
  }
}
