/**
 * What keeps repairs back: tables whose automatic repair is stopped, and how many rows may still be deleted. Both stand in the
 * state database, so that neither a restart nor another partition forgets them; here is what was read last.
 */
import type { RecoveryDetail } from '../../protocol/message/verification-status.ts';
import type { CasePlace, Incident } from '../state/case-store.ts';
import { DELETE_BEGUN, DELETE_UNDONE } from './decide-case.ts';
import { judgeStorm } from './judge-storm.ts';
import type { RecoveryDeps } from './recovery-deps.ts';

const HOUR_MS = 3_600_000;

export class StopList {
  readonly #deps: RecoveryDeps;
  #stopped: readonly Incident[] = [];
  #outages: readonly Incident[] = [];
  /** None before it was read. */
  #deletesLeft = 0;

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

  get stopped(): RecoveryDetail['stopped'] {
    return this.#stopped.map(({ subject, reason, openedMs }) => ({ table: subject, reason, sinceMs: openedMs }));
  }

  reasonOf(table: string): string | undefined {
    return this.#stopped.find(({ subject }) => subject === table)?.reason;
  }

  spendDelete(): void {
    this.#deletesLeft -= 1;
  }

  async countDeletes(place: CasePlace, nowMs: number): Promise<void> {
    const { cases, rules } = this.#deps;
    const [begun, undone] = await Promise.all(
      [DELETE_BEGUN, DELETE_UNDONE].map((event) => cases.countSteps(place, event, nowMs - HOUR_MS)),
    );
    this.#deletesLeft = rules.deletesPerHour - (begun ?? 0) + (undone ?? 0);
  }

  /** Counts what was found lately, by all partitions, since the last storm of a table was declared over. */
  async survey(place: CasePlace, nowMs: number): Promise<void> {
    const { cases, pipeline, rules, canary, logger } = this.#deps;
    const { storm } = rules;
    const incidents = await this.readIncidents(nowMs);
    const shapes = await cases.survey(pipeline, nowMs - storm.within);
    const countCanaries = (table: string) => (table === canary?.table ? Math.ceil(storm.within / canary.every) + 1 : 0);
    const isKnown = (table: string) => incidents.some(({ kind, subject }) => kind === 'storm' && subject === table);
    for (const { table, reason } of judgeStorm(shapes, storm, countCanaries)) {
      if (!isKnown(table)) {
        await cases.openIncident(place, { kind: 'storm', subject: table, reason });
        logger.event('recovery.table.stopped', { table, reason });
      }
    }
    await this.readIncidents(nowMs);
  }

  /** @returns open ones, and those closed lately */
  async readIncidents(nowMs: number): Promise<readonly Incident[]> {
    const { cases, pipeline, rules } = this.#deps;
    const incidents = await cases.listIncidents(pipeline, nowMs - rules.storm.within);
    const open = incidents.filter(({ closedMs }) => closedMs === null);
    this.#stopped = open.filter(({ kind }) => kind === 'storm');
    this.#outages = open.filter(({ kind }) => kind === 'outage');
    return incidents;
  }
}
