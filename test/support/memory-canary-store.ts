import { type CanaryPlace, type CanaryRecord, type CanaryStore, NO_CANARY } from '../../actors/state/canary-store.ts';
import type { Clock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';

/** Of one pipeline. */
export class MemoryCanaryStore implements CanaryStore {
  record: CanaryRecord = NO_CANARY;
  /** All that was saved, in order. */
  readonly saved: CanaryRecord[] = [];
  /** Before a record is saved: a store that is away throws in it. */
  onSave: (record: CanaryRecord) => void = () => {};
  readonly #clock: Clock;
  #epoch = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async load(): Promise<CanaryRecord & { readonly nowMs: number }> {
    return { ...this.record, nowMs: this.#clock.wallMs() };
  }

  async save({ placeEpoch }: CanaryPlace, record: CanaryRecord): Promise<void> {
    this.onSave(record);
    this.#epoch = Math.max(this.#epoch, placeEpoch);
    if (placeEpoch < this.#epoch) {
      throw new ReplicationError('ERG_4104', `kept by place ${this.#epoch}`);
    }
    this.record = record;
    this.saved.push(record);
  }
}
