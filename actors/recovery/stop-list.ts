/**
 * What keeps repairs back: tables whose automatic repair is stopped, and how many rows may still be deleted. Both stand in the
 * state database, so that neither a restart nor another partition forgets them; here is what was read last.
 */
import { CANARY_FINDERS } from '../../protocol/message/canary-message.ts';
import type { RecoveryDetail } from '../../protocol/message/verification-status.ts';
import type { CasePlace, Incident } from '../state/case-store.ts';
import { DELETE_BEGUN, DELETE_UNDONE } from './decide-case.ts';
import { judgeStorm } from './judge-storm.ts';
import type { RecoveryDeps } from './recovery-deps.ts';

const HOUR_MS = 3_600_000;
/** Storms that were declared over less long ago are heard of by each actor that runs; by itself a case waits longer. */
const OVER_MS = 5 * 60_000;
/** Longer than a delete is open: one that was not done is given back only if it is among those that are counted. */
const UNDONE_MS = 60_000;

export class StopList {
  readonly #deps: RecoveryDeps;
  #stopped: readonly Incident[] = [];
  #outages: readonly Incident[] = [];
  /** Storms that were declared over lately. */
  #over: readonly Incident[] = [];
  /** Those of them after which nothing waits any more. */
  readonly #settled = new Set<bigint>();
  /** None before it was read. */
  #deletesLeft = 0;
  /** Decided, and perhaps not written yet: a count may lack them. */
  #unwritten = 0;
  /** Since the start. */
  #spent = 0;

  constructor(deps: RecoveryDeps) {
    this.#deps = deps;
  }

  get deletesLeft(): number {
    return this.#deletesLeft;
  }

  /** Outages that are noted as going on. */
  get outages(): readonly Incident[] {
    return this.#outages;
  }

  /** Storms that are over while cases of their tables may still wait because of them. */
  get over(): readonly Incident[] {
    return this.#over.filter(({ id, subject }) => !this.#settled.has(id) && this.reasonOf(subject) === undefined);
  }

  settle(id: bigint): void {
    this.#settled.add(id);
  }

  get stopped(): RecoveryDetail['stopped'] {
    return this.#stopped.map(({ subject, reason, openedMs }) => ({ table: subject, reason, sinceMs: openedMs }));
  }

  reasonOf(table: string): string | undefined {
    return this.#stopped.find(({ subject }) => subject === table)?.reason;
  }

  /** Before it is written; told by `endDelete` how that went. */
  spendDelete(): void {
    this.#deletesLeft -= 1;
    this.#unwritten += 1;
    this.#spent += 1;
  }

  /** @param isWritten false: it was not, for certain */
  endDelete(isWritten: boolean): void {
    this.#unwritten -= 1;
    this.#deletesLeft += isWritten ? 0 : 1;
  }

  /** What is decided while they are counted is counted in. */
  async countDeletes(place: CasePlace, nowMs: number): Promise<void> {
    const { cases, rules } = this.#deps;
    const [unwritten, spentBefore] = [this.#unwritten, this.#spent];
    const [begun, undone] = await Promise.all([
      cases.countSteps(place, DELETE_BEGUN, nowMs - HOUR_MS),
      cases.countSteps(place, DELETE_UNDONE, nowMs - HOUR_MS + UNDONE_MS),
    ]);
    const since = unwritten + this.#spent - spentBefore;
    this.#deletesLeft = rules.deletesPerHour - begun + undone - since;
  }

  /**
   * Counts what was found lately, by all partitions, since the last storm of a table was declared over.
   *
   * @returns false: too much was found, but changes are known that could not be applied and may be why; to be asked again
   */
  async survey(place: CasePlace, nowMs: number): Promise<boolean> {
    const { cases, pipeline, rules, canary, logger } = this.#deps;
    const { storm } = rules;
    const sinceMs = nowMs - storm.within;
    const incidents = (await this.readIncidents(nowMs)).filter(
      ({ closedMs }) => closedMs === null || closedMs >= sinceMs,
    );
    const shapes = await cases.survey(pipeline, sinceMs);
    const countCanaries = (table: string) =>
      table === canary?.table ? CANARY_FINDERS.length * (Math.ceil(storm.within / canary.every) + 1) : 0;
    const isKnown = (table: string) => incidents.some(({ kind, subject }) => kind === 'storm' && subject === table);
    const suspects = judgeStorm(shapes, storm, countCanaries).filter(({ table }) => !isKnown(table));
    const excused = new Map<string, number>();
    for (const { table } of suspects) {
      excused.set(table, await cases.countExcused(pipeline, table, sinceMs));
    }
    const unknown = shapes.filter(({ table }) => excused.has(table));
    const storms = judgeStorm(unknown, storm, (table) => countCanaries(table) + (excused.get(table) ?? 0));
    for (const { table, reason } of storms) {
      await cases.openIncident(place, { kind: 'storm', subject: table, reason });
      logger.event('recovery.table.stopped', { table, reason });
    }
    await this.readIncidents(nowMs);
    return storms.length === suspects.length;
  }

  /** @returns open ones, and those closed lately */
  async readIncidents(nowMs: number): Promise<readonly Incident[]> {
    const { cases, pipeline, rules } = this.#deps;
    const incidents = await cases.listIncidents(pipeline, nowMs - Math.max(rules.storm.within, OVER_MS));
    const open = incidents.filter(({ closedMs }) => closedMs === null);
    this.#stopped = open.filter(({ kind }) => kind === 'storm');
    this.#outages = open.filter(({ kind }) => kind === 'outage');
    this.#over = incidents.filter(({ kind, closedMs }) => kind === 'storm' && closedMs !== null);
    return incidents;
  }
}
