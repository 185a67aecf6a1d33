/**
 * The moves of an order's life, each one short transaction. They are chosen so that a replication which loses, repeats or
 * reorders changes ends with a wrong row: rows changed twice in one transaction, rows deleted and inserted again under the
 * same key (at once, or later), primary keys that change, and whole orders that disappear with the row that a look-up needs.
 *
 * A product order keeps its seller, because a delivery row does not change when its product order moves to another one.
 */
import type { Line, Order, OrderPopulation } from './order-population.ts';
import {
  makeAmount,
  makeCarrier,
  makeMemo,
  makeOptions,
  makeProductName,
  makeTransactionId,
  sqlText,
} from './order-text.ts';
import { type OrderTransaction, TransactionDraft, type Witness } from './order-transaction.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface MoveContext {
  readonly random: SeededRandom;
  readonly population: OrderPopulation;
  /** DATETIME(6) literal: now, UTC. */
  readonly stamp: string;
}

export interface OrderIdentity {
  readonly orderNo: number;
  readonly buyerNo: number;
}

export const SELLERS = 1_000;
export const FIRST_SELLER = 500_000_000;

const whereOrder = (order: Order) => `order_no=${order.orderNo}`;
const whereProductOrders = (lines: readonly Line[]) =>
  `product_order_no IN (${lines.map((line) => line.productOrderNo).join(',')})`;
const whereDelivery = (line: Line, dispatchNo: number) =>
  `product_order_no=${line.productOrderNo} AND dispatch_no=${dispatchNo}`;
const orderWitness = (order: Order, committedVer: number | undefined): Witness => ({
  table: 'orders',
  where: whereOrder(order),
  committedVer,
});

/** 1 to 4 product orders and a payment. Keys are wider than 53 bits, the payment's wider than 63. */
export function placeOrder(
  { random, population, stamp }: MoveContext,
  { orderNo, buyerNo }: OrderIdentity,
): OrderTransaction {
  const lines: Line[] = Array.from({ length: 1 + random.below(4) }, (_, position) => ({
    productOrderNo: `2026${String(orderNo * 4 + position).padStart(13, '0')}`,
    ver: 1,
    deliveryVer: 0,
    dispatchNo: 1,
    shipped: false,
  }));
  const order: Order = {
    orderNo,
    buyerNo,
    paymentNo: `93${String(orderNo).padStart(17, '0')}`,
    lines,
    ver: 1,
    paymentVer: 1,
    hasPayment: true,
    stage: 'placed',
    index: -1,
  };
  const draft = new TransactionDraft(stamp);
  const memo = sqlText(makeMemo(random));
  draft.insert('orders', [{ values: `${orderNo},${buyerNo},'placed',${makeAmount(random)},${memo},${stamp}`, ver: 1 }]);
  draft.insert(
    'product_order',
    lines.map((line) => ({ values: productOrderValues(random, order, line), ver: 1 })),
  );
  insertPayment(draft, random, order, 1);
  return draft.build(orderWitness(order, 1), () => population.add(order));
}

function productOrderValues(random: SeededRandom, order: Order, line: Line): string {
  const seller = FIRST_SELLER + random.below(SELLERS);
  const name = sqlText(makeProductName(random));
  const options = sqlText(makeOptions(random));
  return `${line.productOrderNo},${order.orderNo},${order.buyerNo},${seller},${name},${1 + random.below(9)},${makeAmount(random)},'placed',${options}`;
}

function insertPayment(draft: TransactionDraft, random: SeededRandom, order: Order, ver: number): void {
  const method = random.pick(['card', 'point', 'transfer']);
  const values = `${order.paymentNo},${order.orderNo},${order.buyerNo},'${method}',${makeAmount(random)},NULL,NULL`;
  draft.insert('payment', [{ values, ver }]);
}

/** Now and then the orders row changes twice in the transaction. */
export function payOrder({ random, population, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  const orderChanges = random.chance(0.1) ? 2 : 1;
  draft.update('orders', 1, "status='paid'", whereOrder(order));
  draft.update('product_order', order.lines.length, "status='paid'", whereProductOrders(order.lines));
  draft.update('payment', 1, `pg_tid=${makeTransactionId(random)},paid_at=${stamp}`, `payment_no=${order.paymentNo}`);
  if (orderChanges === 2) {
    draft.update('orders', 1, `memo=${sqlText(makeMemo(random))}`, whereOrder(order));
  }
  return draft.build(orderWitness(order, order.ver + orderChanges), () => {
    order.ver += orderChanges;
    order.paymentVer++;
    countChange(order.lines);
    population.move(order, 'paid');
  });
}

export function shipOrder({ random, population, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  const carrier = sqlText(makeCarrier(random));
  const invoice = random.chance(0.2) ? 'NULL' : `'${1_000_000 + random.below(9_000_000)}'`;
  draft.update('product_order', order.lines.length, "status='shipping'", whereProductOrders(order.lines));
  draft.insert(
    'delivery',
    order.lines.map((line) => ({
      values: `${line.productOrderNo},${line.dispatchNo},${order.buyerNo},${carrier},${invoice},'shipping',${stamp}`,
      ver: line.deliveryVer + 1,
    })),
  );
  return draft.build(lineWitness(order), () => {
    countChange(order.lines);
    for (const line of order.lines) {
      line.shipped = true;
      line.deliveryVer++;
    }
    population.move(order, 'shipping');
  });
}

export function deliverOrder({ population, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  const rows = order.lines.length;
  draft.update('delivery', rows, "status='delivered'", whereProductOrders(order.lines));
  draft.update('product_order', rows, "status='delivered'", whereProductOrders(order.lines));
  return draft.build(lineWitness(order), () => {
    countChange(order.lines);
    for (const line of order.lines) {
      line.deliveryVer++;
    }
    population.move(order, 'delivered');
  });
}

export function confirmOrder({ population, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  draft.update('orders', 1, "status='confirmed'", whereOrder(order));
  draft.update('product_order', order.lines.length, "status='confirmed'", whereProductOrders(order.lines));
  return draft.build(orderWitness(order, order.ver + 1), () => {
    order.ver++;
    countChange(order.lines);
    population.move(order, 'confirmed');
  });
}

/** Deletes payment and deliveries. */
export function cancelOrder({ population, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  deleteDeliveries(draft, order);
  draft.delete('payment', 1, `payment_no=${order.paymentNo}`);
  draft.update('orders', 1, "status='canceled'", whereOrder(order));
  draft.update('product_order', order.lines.length, "status='canceled'", whereProductOrders(order.lines));
  return draft.build(orderWitness(order, order.ver + 1), () => {
    order.ver++;
    countChange(order.lines);
    order.hasPayment = false;
    for (const line of order.lines) {
      line.shipped = false;
    }
    population.move(order, 'canceled');
  });
}

/** The payment that the cancel deleted is inserted again under its old key; so is a delivery when it ships again. */
export function reopenOrder({ random, population, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  draft.update('orders', 1, "status='placed'", whereOrder(order));
  insertPayment(draft, random, order, order.paymentVer + 1);
  return draft.build(orderWitness(order, order.ver + 1), () => {
    order.ver++;
    order.paymentVer++;
    order.hasPayment = true;
    population.move(order, 'placed');
  });
}

/** Primary-key change: the delivery gets the next dispatch number. */
export function redispatch({ random, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  const line = random.pick(order.lines);
  const dispatchNo = line.dispatchNo + 1;
  const carrier = sqlText(makeCarrier(random));
  draft.update('delivery', 1, `dispatch_no=${dispatchNo},carrier=${carrier}`, whereDelivery(line, line.dispatchNo));
  const witness: Witness = {
    table: 'delivery',
    where: whereDelivery(line, dispatchNo),
    committedVer: line.deliveryVer + 1,
  };
  return draft.build(witness, () => {
    line.dispatchNo = dispatchNo;
    line.deliveryVer++;
  });
}

/** Delete and insert of one key in one transaction. */
export function replacePayment({ random, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  const committedVer = order.paymentVer + 1;
  draft.delete('payment', 1, `payment_no=${order.paymentNo}`);
  insertPayment(draft, random, order, committedVer);
  return draft.build({ table: 'payment', where: `payment_no=${order.paymentNo}`, committedVer }, () => {
    order.paymentVer++;
  });
}

export function editOrder({ random, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  const set = random.chance(0.5) ? `memo=${sqlText(makeMemo(random))}` : `total_amount=${makeAmount(random)}`;
  draft.update('orders', 1, set, whereOrder(order));
  return draft.build(orderWitness(order, order.ver + 1), () => {
    order.ver++;
  });
}

/** Everything of the order goes in one transaction, the product orders that tell the seller of a delivery too. */
export function purgeOrder({ population, stamp }: MoveContext, order: Order): OrderTransaction {
  const draft = new TransactionDraft(stamp);
  deleteDeliveries(draft, order);
  if (order.hasPayment) {
    draft.delete('payment', 1, `payment_no=${order.paymentNo}`);
  }
  draft.delete('product_order', order.lines.length, whereProductOrders(order.lines));
  draft.delete('orders', 1, whereOrder(order));
  return draft.build(orderWitness(order, undefined), () => population.remove(order));
}

function deleteDeliveries(draft: TransactionDraft, order: Order): void {
  const shipped = order.lines.filter((line) => line.shipped);
  if (shipped.length > 0) {
    draft.delete('delivery', shipped.length, whereProductOrders(shipped));
  }
}

function lineWitness(order: Order): Witness {
  const [line] = order.lines;
  const committedVer = line === undefined ? undefined : line.ver + 1;
  return { table: 'product_order', where: whereProductOrders(order.lines.slice(0, 1)), committedVer };
}

function countChange(lines: readonly Line[]): void {
  for (const line of lines) {
    line.ver++;
  }
}
