/** Orders of a source and the sellers of their lines, as generated steps change them, and where each order must be in the end. */
import { deleted, inserted, updated } from './sink-rig.ts';

export const ORDER_NUMBERS = [1, 2, 3] as const;

/** A missing order is always inserted, an order without sellers gets one. */
export interface OrderStep {
  readonly order: number;
  readonly kind: 'update' | 'delete';
  /** Line and its seller, for lines that are changed with the order; a seller of -1 ends the line. */
  readonly lines: readonly { readonly line: number; readonly seller: number }[];
}

interface Order {
  readonly v: string;
  readonly sellers: Map<number, number>;
}

type Payload = ReturnType<typeof inserted | typeof updated | typeof deleted>;

export class OrderHistory {
  readonly #orders = new Map<number, Order>();
  #values = 0;

  /** What the source says now. */
  sellersOf(order: string): readonly string[] | undefined {
    const sellers = new Set(this.#orders.get(Number(order))?.sellers.values());
    return sellers.size === 0 ? undefined : [...sellers].map(String);
  }

  /** The changes of one transaction: those of lines, and then that of the order. */
  apply({ order, kind, lines }: OrderStep): readonly Payload[] {
    const known = this.#orders.get(order);
    if (known !== undefined && kind === 'delete') {
      this.#orders.delete(order);
      const ended = [...known.sellers].map(([line, seller]) => deleted(lineOf(order, line, seller), 'product_order'));
      return [...ended, deleted({ order_no: order, v: known.v }, 'orders')];
    }
    this.#values += 1;
    const next: Order = { v: `v${this.#values}`, sellers: known?.sellers ?? new Map() };
    this.#orders.set(order, next);
    const changed = lines.flatMap(({ line, seller }) => this.#changeLine(order, line, seller));
    const first = next.sellers.size === 0 ? this.#changeLine(order, 0, 0) : [];
    const after = { order_no: order, v: next.v };
    const own =
      known === undefined ? inserted(after, 'orders') : updated({ order_no: order, v: known.v }, after, 'orders');
    return [...changed, ...first, own];
  }

  expectedOn(shard: number, shards: number, order: number): string | undefined {
    const known = this.#orders.get(order);
    return [...(known?.sellers.values() ?? [])].some((seller) => seller % shards === shard) ? known?.v : undefined;
  }

  #changeLine(order: number, line: number, seller: number): readonly Payload[] {
    const sellers = this.#orders.get(order)?.sellers ?? new Map<number, number>();
    const before = sellers.get(line);
    if (seller < 0) {
      sellers.delete(line);
      return before === undefined ? [] : [deleted(lineOf(order, line, before), 'product_order')];
    }
    sellers.set(line, seller);
    const after = lineOf(order, line, seller);
    return [
      before === undefined
        ? inserted(after, 'product_order')
        : updated(lineOf(order, line, before), after, 'product_order'),
    ];
  }
}

function lineOf(order: number, line: number, seller: number) {
  return { product_order_no: order * 10 + line, order_no: order, seller_no: seller };
}
