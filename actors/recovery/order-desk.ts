/** What people order, case by case. An order of a case that is being worked on waits until that is done. */
import { unreachable } from '../../protocol/errors/unreachable.ts';
import { type Case, CLAIMED_STATES } from '../state/case.ts';
import type { CaseOrder, CaseOrderVerb } from '../state/case-store.ts';
import type { CaseBook, CaseOccurrence } from './case-book.ts';
import type { CaseOrderEvent } from './case-event.ts';
import { decideCase } from './decide-case.ts';
import type { RecoveryDeps } from './recovery-deps.ts';

export class OrderDesk {
  readonly #deps: RecoveryDeps;
  readonly #book: CaseBook;

  constructor(deps: RecoveryDeps, book: CaseBook) {
    this.#deps = deps;
    this.#book = book;
  }

  /** @returns what the orders mean for their cases; those that mean nothing are refused */
  async take(limit: number): Promise<readonly CaseOccurrence[]> {
    const { cases } = this.#deps;
    const orders = await this.#book.step('orders.list', () => cases.listOrders(this.#book.place, limit));
    if (orders.length === 0) {
      return [];
    }
    const open = new Map((await cases.getOpen(orders.map(({ caseId }) => caseId))).map((one) => [one.id, one]));
    const occurrences: CaseOccurrence[] = [];
    const taken = new Set<bigint>();
    for (const order of orders) {
      const one = open.get(order.caseId);
      if (!taken.has(order.caseId) && !this.#isBusy(one)) {
        taken.add(order.caseId); // the next one of the same case sees what this one has made of it
        occurrences.push(...(await this.#take(order, one)));
      }
    }
    return occurrences;
  }

  #isBusy(one: Case | undefined): boolean {
    return one !== undefined && (CLAIMED_STATES.has(one.state) || this.#book.isInHand(one.id));
  }

  async #take(order: CaseOrder, one: Case | undefined): Promise<readonly CaseOccurrence[]> {
    const occurrence = one === undefined ? undefined : { case: one, event: eventOf(order), orderId: order.id };
    if (order.verb === 'repair' && !this.#deps.apply) {
      await this.#refuse(order, `ERG_5113: apply is false: another tool writes the target of ${this.#deps.pipeline}`);
      return [];
    }
    if (occurrence !== undefined && decideCase(occurrence.case, occurrence.event, this.#book.facts).next !== one) {
      return [occurrence];
    }
    const what = one === undefined ? 'is closed' : `is ${one.state}${one.kind === 'opaque' ? ', of a record' : ''}`;
    await this.#refuse(order, `ERG_5108: ${order.verb} does not fit case ${order.caseId}, which ${what}`);
    return [];
  }

  async #refuse({ id, caseId, verb }: CaseOrder, reason: string): Promise<void> {
    const { cases, logger } = this.#deps;
    await cases.refuseOrder(this.#book.place, id, reason);
    logger.event('recovery.order.refused', { case: String(caseId), verb, reason });
  }
}

function eventOf(order: CaseOrder): { readonly type: CaseOrderEvent; readonly order: CaseOrder } {
  return { type: typeOf(order.verb), order };
}

function typeOf(verb: CaseOrderVerb): CaseOrderEvent {
  switch (verb) {
    case 'recheck':
      return 'opRecheck';
    case 'repair':
      return 'opRepair';
    case 'ignore':
      return 'opAck';
    case 'unignore':
      return 'opUnack';
    case 'abandon':
      return 'opAbandon';
    case 'replay':
      return 'opReplay';
    default:
      return unreachable(verb);
  }
}
