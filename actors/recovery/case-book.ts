/**
 * The cases of the place as the actor works on them: an event is decided, written under the rev that was seen, and only then
 * acted upon. Nothing of a case is kept here but that it is in hand.
 *
 * A case that somebody else has changed meanwhile is read again and decided anew. When the state database is away, nothing
 * has happened: what was in hand is let go, and taken up again once its claim is found without anybody behind it.
 */
import { asReplicationError } from '../../protocol/errors/replication-error.ts';
import { type Case, CLAIMED_STATES } from '../state/case.ts';
import type { CasePlace, CaseWrite } from '../state/case-store.ts';
import { CaseClock } from './case-clock.ts';
import type { CaseEvent, CaseFacts } from './case-event.ts';
import { type CaseEffect, type Decision, decideCase } from './decide-case.ts';
import type { RecoveryDeps } from './recovery-deps.ts';
import { type RecoveryProgress, stopRequested } from './recovery-progress.ts';
import type { StopList } from './stop-list.ts';

export interface CaseOccurrence {
  readonly case: Case;
  readonly event: CaseEvent;
  readonly orderId?: bigint | undefined;
}

export interface Applied {
  /** As it is now. */
  readonly after: Case;
  readonly effects: readonly CaseEffect[];
}

/** Tries of one event against a case that changes under it. */
const MAX_TRIES = 5;

export class CaseBook {
  readonly #deps: RecoveryDeps;
  readonly #progress: RecoveryProgress;
  readonly #stops: StopList;
  readonly place: CasePlace;
  readonly #inHand = new Set<bigint>();
  #isStopped = false;
  readonly #clock: CaseClock;
  /** Rows were proven to be wrong since somebody looked how many. */
  hasConfirmed = true;
  /** Cases may be claimed by nobody. */
  mayHaveOrphans = true;

  constructor(deps: RecoveryDeps, progress: RecoveryProgress, stops: StopList) {
    const { pipeline, partition, placeEpoch } = deps;
    this.#deps = deps;
    this.#clock = new CaseClock(deps.clock);
    this.#progress = progress;
    this.#stops = stops;
    this.place = { pipeline, partition, epoch: placeEpoch };
  }

  get inHand(): number {
    return this.#inHand.size;
  }

  isInHand(id: bigint): boolean {
    return this.#inHand.has(id);
  }

  letGo(cases: readonly Pick<Case, 'id'>[]): void {
    for (const { id } of cases) {
      this.#inHand.delete(id);
    }
  }

  /** Lets go of what may stay claimed in the store. */
  abandon(cases: readonly Pick<Case, 'id'>[]): void {
    this.letGo(cases);
    this.mayHaveOrphans = true;
  }

  /** @param nowMs by the clock of the state database */
  sawTime(nowMs: number): void {
    this.#clock.saw(nowMs);
  }

  sawConfirmed(before: Pick<Case, 'confirmedMs'> | undefined, after: Pick<Case, 'confirmedMs'>): void {
    this.hasConfirmed ||= after.confirmedMs !== (before?.confirmedMs ?? null);
  }

  /** Up to when what is limited per time is counted. */
  get countedUntilMs(): number {
    return this.#clock.earlierMs;
  }

  get facts(): CaseFacts {
    return {
      apply: this.#deps.apply,
      settings: this.#deps.rules,
      nowMs: this.#clock.nowMs,
      random: this.#deps.random,
      stopOf: (table) => this.#stops.reasonOf(table),
      deletesLeft: this.#stops.deletesLeft,
    };
  }

  /** From now on nothing is begun that is not under way. */
  stop(): void {
    this.#isStopped = true;
  }

  /** @throws ReplicationError ERG_9001 after stop */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#isStopped) {
      throw stopRequested();
    }
    await this.#deps.failpoint?.(`${name}.before`);
    const result = await work();
    await this.#deps.failpoint?.(`${name}.after`);
    return result;
  }

  /**
   * Decides and writes; what is claimed by it is in hand until it is let go.
   *
   * @returns those that were changed; a case that the event does not change, or that is gone, is missing
   * @throws ReplicationError what cannot be written is not in hand afterwards
   */
  async apply(occurrences: readonly CaseOccurrence[]): Promise<readonly Applied[]> {
    const applied: Applied[] = [];
    try {
      let open = occurrences;
      for (let tries = 0; open.length > 0 && tries < MAX_TRIES; tries += 1) {
        open = await this.#renew(await this.#write(open, applied));
      }
    } catch (error) {
      this.abandon(occurrences.map((occurrence) => occurrence.case));
      throw asReplicationError(error);
    }
    return applied;
  }

  /** @returns those that were not written because their cases have changed */
  async #write(occurrences: readonly CaseOccurrence[], applied: Applied[]): Promise<readonly CaseOccurrence[]> {
    const decided = occurrences.map((occurrence) => ({ occurrence, decision: this.#decide(occurrence) }));
    const changing = decided.filter(({ occurrence, decision }) => decision.next !== occurrence.case);
    if (changing.length === 0) {
      return [];
    }
    const writes = changing.map(
      ({ occurrence, decision }): CaseWrite => ({
        kind: 'change',
        before: occurrence.case,
        next: decision.next,
        step: decision.step,
        orderId: occurrence.orderId,
      }),
    );
    const written = await this.#writeAll(writes, changing);
    return changing.flatMap(({ occurrence, decision }, index) => {
      const after = written[index];
      if (after === undefined) {
        return [occurrence];
      }
      this.#keep(after, decision);
      this.#progress.count(occurrence.case, after, occurrence.event);
      this.sawConfirmed(occurrence.case, after);
      applied.push({ after, effects: decision.effects });
      return [];
    });
  }

  async #writeAll(
    writes: readonly CaseWrite[],
    decided: readonly { readonly occurrence: CaseOccurrence; readonly decision: Decision }[],
  ): Promise<readonly (Case | undefined)[]> {
    let written: readonly (Case | undefined)[] | undefined;
    try {
      written = await this.step('write', () => this.#deps.cases.write(this.place, writes));
      return written;
    } finally {
      for (const [index, { occurrence, decision }] of decided.entries()) {
        if (isLimited(occurrence, decision)) {
          this.#stops.endDelete(written === undefined || written[index] !== undefined);
        }
      }
    }
  }

  #decide(occurrence: CaseOccurrence): Decision {
    const decision = decideCase(occurrence.case, occurrence.event, this.facts);
    if (isLimited(occurrence, decision)) {
      this.#stops.spendDelete();
    }
    return decision;
  }

  #keep({ id, state }: Case, { effects }: Decision): void {
    if (CLAIMED_STATES.has(state) || effects.includes('look')) {
      this.#inHand.add(id);
    } else {
      this.#inHand.delete(id);
    }
  }

  /** A claimed case that is not as it was claimed belongs to somebody else. */
  async #renew(lost: readonly CaseOccurrence[]): Promise<readonly CaseOccurrence[]> {
    if (lost.length === 0) {
      return [];
    }
    const ids = lost.map((occurrence) => occurrence.case.id);
    const found = await this.step('read', () => this.#deps.cases.getOpen(ids));
    const now = new Map(found.map((one) => [one.id, one]));
    return lost.flatMap((occurrence) => {
      const current = now.get(occurrence.case.id);
      if (current?.state === occurrence.case.state) {
        return [{ ...occurrence, case: current }];
      }
      this.letGo([occurrence.case]);
      return [];
    });
  }
}

/** A delete that nobody has ordered. */
function isLimited({ case: current }: CaseOccurrence, { effects, next }: Decision): boolean {
  return effects.includes('repair') && next.kind === 'extra' && current.ordered === null;
}
