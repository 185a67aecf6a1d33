import type { LatencySnapshot } from '../../protocol/message/actor-status.ts';
import { EMPTY_LATENCY, mergeLatencies, subtractLatency } from '../../protocol/message/latency-histogram.ts';

interface Mark {
  readonly atMs: number;
  readonly snapshot: LatencySnapshot;
}

interface SinkLatency {
  life: string;
  newest: LatencySnapshot;
  /** The sink's older snapshots of this life, oldest first, about one per step of the window. */
  marks: Mark[];
}

const WINDOW_MS = 60_000;
const MARK_EVERY_MS = 10_000;

/**
 * Latencies of all sinks: since their start, and of about the last minute. What a sink measured before it was restarted
 * or moved still counts; what it measured before this process started is in its first snapshot.
 */
export class LatencyBook {
  readonly #sinks = new Map<string, SinkLatency>();
  #past: LatencySnapshot = EMPTY_LATENCY;

  /**
   * @param life other text when the sink began to count anew
   * @param atMs monotonic ms at which the snapshot was heard
   */
  add(sink: string, life: string, { atMs, snapshot }: Mark): void {
    const known = this.#sinks.get(sink);
    if (known === undefined || known.life !== life) {
      this.#past = mergeLatencies([this.#past, known?.newest ?? EMPTY_LATENCY]);
      // A sink that began after us began with nothing; of one that we found running we do not know what is recent.
      const first = known === undefined ? snapshot : EMPTY_LATENCY;
      this.#sinks.set(sink, { life, newest: snapshot, marks: [{ atMs, snapshot: first }] });
      return;
    }
    known.newest = snapshot;
    const lastMarkMs = known.marks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    if (atMs - lastMarkMs >= MARK_EVERY_MS) {
      known.marks.push({ atMs, snapshot });
    }
    while ((known.marks[1]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs - WINDOW_MS) {
      known.marks.shift();
    }
  }

  sinceStart(): LatencySnapshot {
    return mergeLatencies([this.#past, ...[...this.#sinks.values()].map(({ newest }) => newest)]);
  }

  recentOfAll(): LatencySnapshot {
    return mergeLatencies([...this.#sinks.keys()].map((sink) => this.recentOf(sink)));
  }

  recentOf(sink: string): LatencySnapshot {
    const known = this.#sinks.get(sink);
    const oldest = known?.marks[0];
    return known === undefined || oldest === undefined ? EMPTY_LATENCY : subtractLatency(known.newest, oldest.snapshot);
  }

  /** Sinks that are not among these are over; what they measured still counts. */
  keepOnly(sinks: ReadonlySet<string>): void {
    for (const [sink, { newest }] of this.#sinks) {
      if (!sinks.has(sink)) {
        this.#past = mergeLatencies([this.#past, newest]);
        this.#sinks.delete(sink);
      }
    }
  }
}
