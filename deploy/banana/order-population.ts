import type { SeededRandom } from './seeded-random.ts';

export type OrderStage = 'placed' | 'paid' | 'shipping' | 'delivered' | 'confirmed' | 'canceled';
export const ORDER_STAGES: readonly OrderStage[] = ['placed', 'paid', 'shipping', 'delivered', 'confirmed', 'canceled'];

/** One product order; `ver` of a row is its `ver` column as last committed, and goes on after a delete. */
export interface Line {
  readonly productOrderNo: string;
  ver: number;
  deliveryVer: number;
  dispatchNo: number;
  shipped: boolean;
}

/** What the generator knows of an order that it wrote. */
export interface Order {
  readonly orderNo: number;
  readonly buyerNo: number;
  readonly paymentNo: string;
  readonly lines: readonly Line[];
  ver: number;
  paymentVer: number;
  hasPayment: boolean;
  stage: OrderStage;
  /** Place in its stage's list; kept by the population. */
  index: number;
}

/** The orders of one writer by stage. Every operation takes constant time. */
export class OrderPopulation {
  readonly #byStage: Readonly<Record<OrderStage, Order[]>> = {
    placed: [],
    paid: [],
    shipping: [],
    delivered: [],
    confirmed: [],
    canceled: [],
  };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  count(stage: OrderStage): number {
    return this.#byStage[stage].length;
  }

  add(order: Order): void {
    const list = this.#byStage[order.stage];
    order.index = list.length;
    list.push(order);
    this.#size++;
  }

  remove(order: Order): void {
    const list = this.#byStage[order.stage];
    if (list[order.index] !== order) {
      return;
    }
    const last = list.pop();
    if (last !== undefined && last !== order) {
      list[order.index] = last;
      last.index = order.index;
    }
    this.#size--;
  }

  has(order: Order): boolean {
    return this.#byStage[order.stage][order.index] === order;
  }

  move(order: Order, stage: OrderStage): void {
    this.remove(order);
    order.stage = stage;
    this.add(order);
  }

  find(stage: OrderStage, random: SeededRandom): Order | undefined {
    const list = this.#byStage[stage];
    return list[random.below(list.length)];
  }
}
