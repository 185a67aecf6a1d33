/**
 * Cases of a shard that is away wait for it instead of failing one by one. When it is back they are let go gradually, the
 * oldest evidence first: a tenth of the rate of repairs, twice as many each second while it goes well.
 */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CaseBook, CaseOccurrence } from './case-book.ts';
import type { CaseEvent } from './case-event.ts';
import type { RecoveryDeps } from './recovery-deps.ts';
import type { StopList } from './stop-list.ts';

const FIRST_SHARE = 0.1;
/** Looks cost less than the repairs that the rate is of, and most rows are right again. */
const MOST_SHARE = 16;

export class OutageKeeper {
  readonly #deps: RecoveryDeps;
  readonly #book: CaseBook;
  readonly #stops: StopList;
  /** Incidents by shard, while the shard may not be sent anything. */
  readonly #outages = new Map<string, bigint>();
  #share = FIRST_SHARE;
  #goesWell = true;

  constructor(deps: RecoveryDeps, book: CaseBook, stops: StopList) {
    this.#deps = deps;
    this.#book = book;
    this.#stops = stops;
  }

  refusalOf(shard: string): ReplicationError | undefined {
    return shard === '' ? undefined : this.#deps.gateOf?.(shard)?.refusal;
  }

  /** What happens to a case of a shard that may not be sent anything now; undefined: it may. */
  async findOutage(shard: string): Promise<Extract<CaseEvent, { type: 'circuitOpen' }> | undefined> {
    const refusal = this.refusalOf(shard);
    if (refusal === undefined) {
      return undefined;
    }
    const outageId = this.#outages.get(shard) ?? (await this.#noteOutage(shard, refusal.message));
    return { type: 'circuitOpen', outageId, reason: refusal.message };
  }

  /** A case that was let go could not be looked at or repaired. */
  sawTrouble(): void {
    this.#goesWell = false;
  }

  /** Outages that are over are closed, whoever noted them. */
  async closeOver(): Promise<void> {
    for (const { id, subject } of this.#stops.outages) {
      if (this.refusalOf(subject) === undefined) {
        await this.#deps.cases.closeIncident(this.#book.place, id, 'recovery');
        this.#deps.logger.event('recovery.shard.back', { shard: subject });
      }
    }
    for (const shard of this.#outages.keys()) {
      if (this.refusalOf(shard) === undefined) {
        this.#outages.delete(shard);
      }
    }
  }

  /** @returns held cases that may be tried again now */
  async release(limit: number): Promise<readonly CaseOccurrence[]> {
    const { rules, cases } = this.#deps;
    const most = Math.min(limit, Math.ceil(this.#share * rules.rowsPerSecond));
    const refused = [...this.#outages.keys()].filter((shard) => this.refusalOf(shard) !== undefined);
    const held = await cases.listHeld(this.#book.place, refused, most);
    const free = held.filter(({ row }) => this.refusalOf(row.shard) === undefined);
    for (const { row } of held) {
      await this.findOutage(row.shard); // one that is away is left out from now on
    }
    this.#pace(free.length === most);
    return free.map((one) => ({ case: one, event: { type: 'outageRelease' } }));
  }

  #pace(hasMore: boolean): void {
    this.#share = hasMore && this.#goesWell ? Math.min(MOST_SHARE, this.#share * 2) : FIRST_SHARE;
    this.#goesWell = true;
  }

  async #noteOutage(shard: string, reason: string): Promise<bigint> {
    const { cases, logger } = this.#deps;
    const id = await cases.openIncident(this.#book.place, { kind: 'outage', subject: shard, reason });
    this.#outages.set(shard, id);
    logger.event('recovery.shard.held', { shard, reason });
    return id;
  }
}
