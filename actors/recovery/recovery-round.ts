/**
 * What a recovery actor does every second, in this order: it takes up what was left lying, obeys people, lets go what waited
 * for a shard, claims what is due, and looks at all of that. Repairs go on beside it.
 */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { type Case, CLAIMED_STATES } from '../state/case.ts';
import type { CaseCounts } from '../state/case-store.ts';
import { CaseBook, type CaseOccurrence } from './case-book.ts';
import { CaseIntake } from './case-intake.ts';
import { CaseLooker } from './case-looker.ts';
import { chooseFarOffMs } from './case-policy.ts';
import { CaseRepairer } from './case-repairer.ts';
import { countCases } from './count-cases.ts';
import { FindingDesk } from './finding-desk.ts';
import { OrderDesk } from './order-desk.ts';
import { OutageKeeper } from './outage-keeper.ts';
import type { RecoveryDeps } from './recovery-deps.ts';
import { RecoveryProgress } from './recovery-progress.ts';
import { StopList } from './stop-list.ts';

/** Looked at in one go. */
const MAX_LOOKS = 500;
/** Claimed at a time: being looked at, waiting for their turn to be repaired, or being repaired. */
const MAX_IN_HAND = 2_000;
const MIN_IN_HAND = 100;
/** A claim must not run out while its case waits for its turn. */
const MAX_TURN_SECONDS = 30;
const ORDERS_PER_ROUND = 500;
const SLOW_MS = 2_000;
const RARELY_MS = 60_000;
/** So many times as long as a question took, until it is asked again. */
const MOST_OF_TIME = 20;

export class RecoveryRound {
  readonly #deps: RecoveryDeps;
  readonly #orders: OrderDesk;
  readonly #findings: FindingDesk;
  readonly #outages: OutageKeeper;
  readonly #looker: CaseLooker;
  readonly #maxInHand: number;
  readonly repairer: CaseRepairer;
  readonly stops: StopList;
  readonly progress: RecoveryProgress;
  readonly book: CaseBook;
  readonly intake: CaseIntake;
  counts: CaseCounts = { states: {}, oldestMs: undefined };
  /** Monotonic, of what is not done in every round. */
  readonly #nextMs = new Map<string, number>();

  constructor(deps: RecoveryDeps, onError: (error: ReplicationError) => void) {
    this.#deps = deps;
    this.#maxInHand = Math.min(MAX_IN_HAND, Math.max(MIN_IN_HAND, MAX_TURN_SECONDS * deps.rules.rowsPerSecond));
    this.stops = new StopList(deps);
    this.progress = new RecoveryProgress(deps);
    this.book = new CaseBook(deps, this.progress, this.stops);
    this.intake = new CaseIntake(deps, this.book, this.progress);
    this.#orders = new OrderDesk(deps, this.book);
    this.#findings = new FindingDesk(deps, this.book, this.intake);
    this.#outages = new OutageKeeper(deps, this.book, this.stops);
    this.repairer = new CaseRepairer({ deps, book: this.book, outages: this.#outages, onError });
    this.#looker = new CaseLooker({
      deps,
      book: this.book,
      progress: this.progress,
      outages: this.#outages,
      findings: this.#findings,
      repairer: this.repairer,
    });
  }

  /** From now on no older place writes; what time it is there is known. */
  async takePlace(): Promise<void> {
    const { cases } = this.#deps;
    await this.book.step('place', () => cases.takePlace(this.book.place));
    this.book.sawTime((await cases.listDue(this.book.place, 1)).nowMs);
  }

  async run(): Promise<void> {
    await this.#adoptOrphans();
    await this.#doSlowly();
    this.repairer.pump();
    const looks = await this.#claim();
    if (looks.length > 0) {
      await this.#looker.look(looks);
    }
  }

  async #adoptOrphans(): Promise<void> {
    if (!this.book.mayHaveOrphans) {
      return;
    }
    this.book.mayHaveOrphans = false; // and again, when something fails from here on
    try {
      await this.#adoptFrom(0n);
    } catch (error) {
      this.book.mayHaveOrphans = true;
      throw error;
    }
  }

  async #adoptFrom(afterId: bigint): Promise<void> {
    for (let last: bigint | undefined = afterId; last !== undefined; ) {
      const claimed = await this.#deps.cases.listClaimed(this.book.place, last, MAX_LOOKS);
      const orphans = claimed.filter(({ id }) => !this.book.isInHand(id));
      await this.book.apply(orphans.map((one) => ({ case: one, event: { type: 'leaseLost' } })));
      last = claimed.length === MAX_LOOKS ? claimed.at(-1)?.id : undefined;
    }
  }

  async #doSlowly(): Promise<void> {
    const { cases } = this.#deps;
    const { place, countedUntilMs: nowMs } = this.book;
    if (this.book.hasConfirmed) {
      await this.#every('survey', 0, () => this.#survey(nowMs));
    }
    await this.#every('place', RARELY_MS, async () => {
      await cases.takePlace(place); // one that has nothing to write learns here that it was taken over
      await this.stops.countDeletes(place, nowMs);
      await this.#recallFarOff();
    });
    await this.#every('incidents', SLOW_MS, async () => {
      await this.stops.readIncidents(nowMs);
      await this.#outages.closeOver();
      await this.#recallStopped();
    });
    await this.#every('findings', SLOW_MS, () => this.#findings.open());
    await this.#every('counts', SLOW_MS, async () => {
      this.counts = await countCases(this.#deps, place);
    });
  }

  /** The clock of the database was ahead when their time was chosen. */
  async #recallFarOff(): Promise<void> {
    const far = await this.#deps.cases.listFarOff(this.book.place, chooseFarOffMs(this.book.facts), MAX_LOOKS);
    await this.book.apply(far.map((one) => ({ case: one, event: { type: 'recalled' } })));
  }

  async #survey(nowMs: number): Promise<void> {
    this.book.hasConfirmed = false; // and again, when it fails
    let isDecided = false;
    try {
      isDecided = await this.stops.survey(this.book.place, nowMs);
    } finally {
      this.book.hasConfirmed ||= !isDecided;
    }
  }

  /** Cases of a table that is repaired again wait no longer; also one that was in hand, and is being noted as stopped just now. */
  async #recallStopped(): Promise<void> {
    const { place, facts } = this.book;
    const mayBeMore = this.book.inHand > 0;
    for (const { id, subject: table } of this.stops.over) {
      const stopped = { table, afterMs: facts.nowMs, limit: MAX_LOOKS };
      const kept = await this.#deps.cases.listStopped(place, stopped);
      await this.book.apply(kept.map((one) => ({ case: one, event: { type: 'recalled' } })));
      if (kept.length === 0 && !mayBeMore) {
        this.stops.settle(id);
      }
    }
  }

  /** At most so often, and more rarely where it is much work: a million cases are not counted every other second. */
  async #every(name: string, ms: number, work: () => Promise<void>): Promise<void> {
    const { clock } = this.#deps;
    const beganMs = clock.monotonicMs();
    if (beganMs >= (this.#nextMs.get(name) ?? beganMs)) {
      await work();
      const tookMs = clock.monotonicMs() - beganMs;
      this.#nextMs.set(name, beganMs + Math.max(ms, MOST_OF_TIME * tookMs));
    }
  }

  /** @returns cases in hand that are to be looked at */
  async #claim(): Promise<readonly Case[]> {
    const looks: Case[] = [];
    try {
      for (const list of [this.#takeOrders, this.#releaseHeld, this.#listDue]) {
        const room = Math.min(MAX_LOOKS - looks.length, this.#maxInHand - this.book.inHand);
        const applied = room > 0 ? await this.book.apply(await list.call(this, room)) : [];
        looks.push(...applied.filter(({ effects }) => effects.includes('look')).map(({ after }) => after));
      }
    } catch (error) {
      this.book.abandon(looks);
      throw error;
    }
    return looks;
  }

  #takeOrders(room: number): Promise<readonly CaseOccurrence[]> {
    return this.#orders.take(Math.min(room, ORDERS_PER_ROUND));
  }

  #releaseHeld(room: number): Promise<readonly CaseOccurrence[]> {
    return (this.counts.states.held ?? 0) > 0 ? this.#outages.release(room) : Promise.resolve([]);
  }

  async #listDue(room: number): Promise<readonly CaseOccurrence[]> {
    const { cases } = this.#deps;
    const due = await this.book.step('due', () => cases.listDue(this.book.place, room, this.book.facts.nowMs));
    this.book.sawTime(due.nowMs);
    const occurrences: CaseOccurrence[] = [];
    for (const one of due.cases) {
      const isClaimed = CLAIMED_STATES.has(one.state);
      if (isClaimed || !this.book.isInHand(one.id)) {
        const outage = isClaimed ? undefined : await this.#outages.findOutage(one.row.shard);
        occurrences.push({ case: one, event: outage ?? { type: 'due' } });
      }
    }
    return occurrences;
  }
}
