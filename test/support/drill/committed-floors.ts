import { comparePlaces, type LogPlace, type OffsetSample, partitionName } from './history.ts';

/** What was known to be committed when an entry was logged: the newest sample whose end of the log lies before it. */
export class CommittedFloors {
  /** Number of the first entry after the latest rewind. */
  rewoundAt = -1;
  readonly #target: string;
  readonly #pipeline: string;
  readonly #samples: readonly OffsetSample[];
  #next = 0;
  #newest: OffsetSample | undefined;

  constructor(target: string, pipeline: string, samples: readonly OffsetSample[]) {
    this.#target = target;
    this.#pipeline = pipeline;
    this.#samples = samples.filter(({ places }) => places.has(target));
  }

  advanceTo(place: LogPlace, index: number): void {
    for (let sample = this.#samples[this.#next]; sample !== undefined; sample = this.#samples[this.#next]) {
      const end = sample.places.get(this.#target);
      if (end === undefined || comparePlaces(end, place) >= 0) {
        return;
      }
      if (this.#newest !== undefined && sample.phase !== this.#newest.phase) {
        this.rewoundAt = index;
      }
      this.#newest = sample;
      this.#next++;
    }
  }

  /** Where the partition ended at the first look behind the entry; undefined when there was none. */
  endAfter(partition: number): number | undefined {
    return this.#samples[this.#next]?.ends.get(partition);
  }

  of(partition: number): number {
    return this.#newest?.committed.get(partitionName(this.#pipeline, partition)) ?? 0;
  }
}
