import type { RepairAnswer } from '../../protocol/message/recovery-message.ts';
import type { TableRoute } from '../route/table-route.ts';
import type { RepairMeans } from './plan-repair.ts';

/** A repair that was asked for, from then until it is answered. */
export class RepairTask {
  readonly means: RepairMeans;
  readonly shard: number;
  readonly route: TableRoute;
  /** Monotonic, ms. */
  readonly arrivedMs: number;
  readonly #answered = Promise.withResolvers<RepairAnswer>();
  #isAnswered = false;

  constructor(place: Pick<RepairTask, 'means' | 'shard' | 'route' | 'arrivedMs'>) {
    this.means = place.means;
    this.shard = place.shard;
    this.route = place.route;
    this.arrivedMs = place.arrivedMs;
  }

  get row() {
    return this.means.request.row;
  }

  get answered(): Promise<RepairAnswer> {
    return this.#answered.promise;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** The first answer counts. */
  answer(answer: RepairAnswer): void {
    this.#isAnswered = true;
    this.#answered.resolve(answer);
  }
}
