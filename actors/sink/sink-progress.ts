/** What a sink has done since its start; read by the status. */
import type { SinkCounts } from '../../protocol/message/actor-status.ts';
import { LatencyRecorder } from '../../protocol/message/latency-histogram.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import { UnwrittenColumns } from '../route/unwritten-columns.ts';

type Counters = { -readonly [Name in keyof SinkCounts]: number };

export class SinkProgress {
  readonly counts: Counters = {
    records: 0,
    changes: 0,
    applied: 0,
    written: 0,
    filtered: 0,
    repeated: 0,
    findings: 0,
    refused: 0,
    tombstones: 0,
    batches: 0,
    retries: 0,
  };
  readonly latency = new LatencyRecorder();
  readonly unwritten: UnwrittenColumns;

  constructor(onFirstUnwritten: (table: string, column: string) => void) {
    this.unwritten = new UnwrittenColumns(onFirstUnwritten);
  }

  /** Not written, because the row was repaired from a source that was ahead. */
  sawPassed(entries: readonly Pick<RoutedChange, 'changes'>[]): void {
    for (const { changes } of entries) {
      this.counts.applied += changes;
    }
  }

  /** @param wallMs when the target had answered the commit, with fractions */
  sawWritten(entries: readonly RoutedChange[], rows: number, wallMs: number): void {
    this.counts.batches += 1;
    this.counts.written += rows;
    for (const { changes, stampMs } of entries) {
      this.counts.applied += changes;
      if (!Number.isNaN(stampMs)) {
        this.latency.record(wallMs - stampMs, changes);
      }
    }
  }
}
