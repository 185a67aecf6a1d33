import {
  cancelOrder,
  confirmOrder,
  deliverOrder,
  editOrder,
  type MoveContext,
  payOrder,
  placeOrder,
  purgeOrder,
  redispatch,
  reopenOrder,
  replacePayment,
  shipOrder,
} from './order-moves.ts';
import { ORDER_STAGES, type Order, OrderPopulation, type OrderStage } from './order-population.ts';
import type { OrderTransaction } from './order-transaction.ts';
import { buildZipf, SeededRandom } from './seeded-random.ts';

type Move = (context: MoveContext, order: Order) => OrderTransaction;

interface WeightedMove {
  readonly weight: number;
  readonly from: readonly OrderStage[];
  readonly move: Move;
}

/** Relative frequencies; guesses that keep every stage filled and leave about a quarter of the changes to inserts. */
const MOVES: readonly WeightedMove[] = [
  { weight: 14, from: ['placed'], move: payOrder },
  { weight: 13, from: ['paid'], move: shipOrder },
  { weight: 12, from: ['shipping'], move: deliverOrder },
  { weight: 11, from: ['delivered'], move: confirmOrder },
  { weight: 3, from: ['placed', 'paid', 'shipping'], move: cancelOrder },
  { weight: 1, from: ['canceled'], move: reopenOrder },
  { weight: 4, from: ['shipping'], move: redispatch },
  { weight: 1, from: ['placed'], move: replacePayment },
  { weight: 8, from: ORDER_STAGES, move: editOrder },
];
const PLACE_WEIGHT = 14;
const PURGE_WEIGHT = 14;
const HOT_WEIGHT = 20;
const TOTAL_WEIGHT = MOVES.reduce((sum, { weight }) => sum + weight, PLACE_WEIGHT + PURGE_WEIGHT + HOT_WEIGHT);

const BUYERS = 10_000;
const BUYER_EXPONENT = 1.05;
const HOT_ORDERS = 3;

export interface OrderLifeOptions {
  readonly seed: number;
  /** This writer among all writers; writers never touch each other's orders. */
  readonly writer: number;
  readonly writers: number;
  /** Order numbers of this run are above it. */
  readonly firstOrderNo: number;
  /** Finished orders kept per writer before old ones are purged. */
  readonly keepFinished: number;
  /** Most orders held per writer; beyond it orders are purged instead of placed. */
  readonly maxOrders: number;
}

/** Decides one writer's next transaction. Equal options and equal outcomes give equal transactions, but for the time stamp. */
export class OrderLife {
  readonly #options: OrderLifeOptions;
  readonly #random: SeededRandom;
  readonly #buyerRank = buildZipf(BUYERS, BUYER_EXPONENT);
  readonly #population = new OrderPopulation();
  readonly #hot: Order[] = [];
  #placed = 0;

  constructor(options: OrderLifeOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed, options.writer);
  }

  /** @param stamp DATETIME(6) literal: now, UTC */
  next(stamp: string): OrderTransaction {
    const context: MoveContext = { random: this.#random, population: this.#population, stamp };
    let draw = this.#random.next() * TOTAL_WEIGHT - PURGE_WEIGHT;
    if (draw < 0) {
      return this.#purge(context) ?? this.#place(context);
    }
    draw -= HOT_WEIGHT;
    if (draw < 0) {
      return this.#editHot(context) ?? this.#place(context);
    }
    return this.#moveOne(context, draw) ?? this.#place(context);
  }

  #moveOne(context: MoveContext, draw: number): OrderTransaction | undefined {
    let left = draw;
    for (const { weight, from, move } of MOVES) {
      left -= weight;
      if (left < 0) {
        const order = this.#population.find(this.#random.pick(from), this.#random);
        return order === undefined ? undefined : move(context, order);
      }
    }
    return undefined;
  }

  #place(context: MoveContext): OrderTransaction {
    if (this.#population.size >= this.#options.maxOrders) {
      const victim = this.#findAny();
      if (victim !== undefined) {
        return purgeOrder(context, victim);
      }
    }
    const { writer, writers, firstOrderNo } = this.#options;
    const orderNo = firstOrderNo + this.#placed * writers + writer;
    this.#placed++;
    const buyerNo = 1 + this.#buyerRank(this.#random.next()) * writers + writer;
    return placeOrder(context, { orderNo, buyerNo });
  }

  #purge(context: MoveContext): OrderTransaction | undefined {
    const finished = this.#population.count('confirmed') + this.#population.count('canceled');
    if (finished <= this.#options.keepFinished) {
      return undefined;
    }
    const stage = this.#random.next() * finished < this.#population.count('confirmed') ? 'confirmed' : 'canceled';
    const order = this.#population.find(stage, this.#random);
    return order === undefined ? undefined : purgeOrder(context, order);
  }

  /** A few orders take a fifth of all transactions; an order that is gone makes room for another one. */
  #editHot(context: MoveContext): OrderTransaction | undefined {
    const place = this.#random.below(HOT_ORDERS);
    let order = this.#hot[place];
    if (order === undefined || !this.#population.has(order)) {
      order = this.#findAny();
      if (order === undefined) {
        return undefined;
      }
      this.#hot[place] = order;
    }
    return editOrder(context, order);
  }

  #findAny(): Order | undefined {
    const start = this.#random.below(ORDER_STAGES.length);
    for (let step = 0; step < ORDER_STAGES.length; step++) {
      const stage = ORDER_STAGES[(start + step) % ORDER_STAGES.length];
      const order = stage === undefined ? undefined : this.#population.find(stage, this.#random);
      if (order !== undefined) {
        return order;
      }
    }
    return undefined;
  }
}
