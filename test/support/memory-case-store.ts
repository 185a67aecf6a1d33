/** Cases in memory, as the store on the state database keeps them. Everything is written in one turn, so that a test can end anything between two. */
import { type Case, type CaseState, CLAIMED_STATES } from '../../actors/state/case.ts';
import type {
  CaseCounts,
  CaseOrder,
  CasePlace,
  CaseRow,
  CaseShape,
  CaseStep,
  CaseStore,
  CaseWrite,
  FindingPlace,
  Incident,
  StoppedCases,
} from '../../actors/state/case-store.ts';
import type { Finding } from '../../actors/state/finding.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { countMemoryExcused, surveyMemoryCases } from './survey-memory-cases.ts';

const DAY_MS = 24 * 3_600_000;

export interface RememberedStep extends CaseStep {
  readonly caseId: bigint;
  readonly atMs: number;
  readonly from: CaseState | undefined;
  readonly to: CaseState;
}

export type NewOrder = Omit<CaseOrder, 'id'>;

export class MemoryCaseStore implements CaseStore {
  readonly #nowMs: () => number;
  readonly open = new Map<bigint, Case>();
  readonly closed: { readonly case: Case; readonly atMs: number }[] = [];
  readonly steps: RememberedStep[] = [];
  readonly refused: { readonly orderId: bigint; readonly reason: string }[] = [];
  readonly findings: Finding[] = [];
  readonly incidents: Incident[] = [];
  /** Called before anything is read or written, with the name of the method: a store that is away throws in it. */
  onCall: (method: string) => void = () => {};
  #orders: CaseOrder[] = [];
  readonly #withCase = new Set<string>();
  readonly #epochs = new Map<string, number>();
  #lastId = 0n;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get orders(): readonly CaseOrder[] {
    return this.#orders;
  }

  giveOrder(order: NewOrder): bigint {
    this.#lastId += 1n;
    this.#orders.push({ ...order, id: this.#lastId });
    return this.#lastId;
  }

  async takePlace(place: CasePlace): Promise<void> {
    this.#enter('takePlace', place);
    this.#epochs.set(nameOf(place), place.epoch);
  }

  async findNewest(pipeline: string, rows: readonly CaseRow[]): Promise<readonly Case[]> {
    this.#enter('findNewest');
    return rows.flatMap((row) => {
      const isOfRow = (one: Case) => one.pipeline === pipeline && keyOf(one.row) === keyOf(row);
      const recent = this.closed.findLast((one) => isOfRow(one.case) && this.#nowMs() - one.atMs < DAY_MS);
      return [...this.open.values()].find(isOfRow) ?? recent?.case ?? [];
    });
  }

  async getOpen(ids: readonly bigint[]): Promise<readonly Case[]> {
    this.#enter('getOpen');
    return ids.flatMap((id) => this.open.get(id) ?? []);
  }

  async listDue(place: CasePlace, limit: number, byMs?: number): Promise<{ nowMs: number; cases: readonly Case[] }> {
    this.#enter('listDue');
    const nowMs = this.#nowMs();
    const due = this.#of(place).filter(({ dueMs }) => dueMs !== null && dueMs <= (byMs ?? nowMs));
    due.sort((left, right) => Number(left.dueMs) - Number(right.dueMs) || Number(left.id - right.id));
    return { nowMs, cases: due.slice(0, limit) };
  }

  async listFarOff(place: CasePlace, afterMs: number, limit: number): Promise<readonly Case[]> {
    this.#enter('listFarOff');
    return this.#of(place)
      .filter(({ dueMs, state }) => dueMs !== null && dueMs > afterMs && state !== 'suppressed')
      .slice(0, limit);
  }

  async listClaimed(place: CasePlace, afterId: bigint, limit: number): Promise<readonly Case[]> {
    this.#enter('listClaimed');
    return this.#of(place)
      .filter(({ id, state }) => id > afterId && CLAIMED_STATES.has(state))
      .sort((left, right) => Number(left.id - right.id))
      .slice(0, limit);
  }

  async listHeld(place: CasePlace, exceptShards: readonly string[], limit: number): Promise<readonly Case[]> {
    this.#enter('listHeld');
    return this.#of(place)
      .filter(({ state, row }) => state === 'held' && !exceptShards.includes(row.shard))
      .sort((left, right) => (left.commitTimeMs ?? 0) - (right.commitTimeMs ?? 0) || Number(left.offset - right.offset))
      .slice(0, limit);
  }

  async count(place: CasePlace): Promise<CaseCounts> {
    this.#enter('count');
    const states: Partial<Record<CaseState, number>> = {};
    for (const { state } of this.#of(place)) {
      states[state] = (states[state] ?? 0) + 1;
    }
    const seen = this.#of(place).map(({ firstSeenMs }) => firstSeenMs);
    return { states, oldestMs: seen.length === 0 ? undefined : Math.min(...seen) };
  }

  async survey(pipeline: string, sinceMs: number): Promise<readonly CaseShape[]> {
    this.#enter('survey');
    return surveyMemoryCases([...this.open.values()], pipeline, sinceMs);
  }

  async countExcused(pipeline: string, table: string, sinceMs: number): Promise<number> {
    this.#enter('countExcused');
    const findings = this.findings.filter((one) => !this.#withCase.has(placeOf(one)));
    return countMemoryExcused({ cases: [...this.open.values()], findings }, { pipeline, table, sinceMs });
  }

  async listStopped(place: CasePlace, { table, afterMs, limit }: StoppedCases): Promise<readonly Case[]> {
    this.#enter('listStopped');
    return this.#of(place)
      .filter(({ row, state }) => row.table === table && state === 'retryWait')
      .filter(({ dueMs, reason }) => Number(dueMs) > afterMs && reason?.startsWith('ERG_5103') === true)
      .slice(0, limit);
  }

  async countSteps(place: CasePlace, event: string, sinceMs: number): Promise<number> {
    this.#enter('countSteps');
    const own = new Set(
      [...this.#of(place), ...this.closed.map((one) => one.case)].flatMap((one) =>
        one.pipeline === place.pipeline && one.partition === place.partition ? one.id : [],
      ),
    );
    return this.steps.filter((step) => step.event === event && step.atMs >= sinceMs && own.has(step.caseId)).length;
  }

  async write(place: CasePlace, writes: readonly CaseWrite[]): Promise<readonly (Case | undefined)[]> {
    this.#enter('write', place);
    return writes.map((write) => {
      const written = write.kind === 'open' ? this.#insert(write.next) : this.#change(write.before, write.next);
      if (written !== undefined) {
        this.#settle(write, written);
      }
      return written;
    });
  }

  async listOrders(place: CasePlace, limit: number): Promise<readonly CaseOrder[]> {
    this.#enter('listOrders');
    const ids = new Set([...this.#of(place).map(({ id }) => id), ...this.closed.map((one) => one.case.id)]);
    return this.#orders.filter(({ caseId }) => ids.has(caseId)).slice(0, limit);
  }

  async refuseOrder(place: CasePlace, orderId: bigint, reason: string): Promise<void> {
    this.#enter('refuseOrder', place);
    this.#orders = this.#orders.filter(({ id }) => id !== orderId);
    this.refused.push({ orderId, reason });
  }

  async listFindings(place: CasePlace, limit: number): Promise<readonly Finding[]> {
    this.#enter('listFindings');
    return this.findings
      .filter((one) => one.pipeline === place.pipeline && one.partition === place.partition)
      .filter((one) => !this.#withCase.has(placeOf(one)))
      .slice(0, limit);
  }

  async findFinding(finding: FindingPlace): Promise<Finding | undefined> {
    this.#enter('findFinding');
    return this.findings.find((one) => placeOf(one) === placeOf(finding));
  }

  async openIncident(
    place: CasePlace,
    { kind, subject, reason }: Pick<Incident, 'kind' | 'subject' | 'reason'>,
  ): Promise<bigint> {
    this.#enter('openIncident', place);
    const known = this.incidents.find((one) => one.kind === kind && one.subject === subject && one.closedMs === null);
    if (known !== undefined) {
      return known.id;
    }
    this.#lastId += 1n;
    this.incidents.push({ id: this.#lastId, kind, subject, reason, openedMs: this.#nowMs(), closedMs: null });
    return this.#lastId;
  }

  async closeIncident(place: CasePlace, id: bigint, _by: string): Promise<void> {
    this.#enter('closeIncident', place);
    const index = this.incidents.findIndex((one) => one.id === id && one.closedMs === null);
    const incident = this.incidents[index];
    if (incident !== undefined) {
      this.incidents[index] = { ...incident, closedMs: this.#nowMs() };
    }
  }

  async listIncidents(_pipeline: string, closedSinceMs: number): Promise<readonly Incident[]> {
    this.#enter('listIncidents');
    return this.incidents.filter(({ closedMs }) => closedMs === null || closedMs >= closedSinceMs);
  }

  #enter(method: string, place?: CasePlace): void {
    this.onCall(method);
    if (place !== undefined && (this.#epochs.get(nameOf(place)) ?? 0) > place.epoch) {
      throw new ReplicationError('ERG_5101', `a newer place than ${place.epoch} has taken ${nameOf(place)}`);
    }
  }

  #of({ pipeline, partition }: CasePlace): Case[] {
    return [...this.open.values()].filter((one) => one.pipeline === pipeline && one.partition === partition);
  }

  #insert(next: Extract<CaseWrite, { kind: 'open' }>['next']): Case | undefined {
    const { previousId: _previousId, ...fields } = next;
    const isTaken = [...this.open.values()].some(
      (one) => one.pipeline === next.pipeline && keyOf(one.row) === keyOf(next.row),
    );
    if (isTaken) {
      return undefined;
    }
    this.#lastId += 1n;
    const created = { ...fields, id: this.#lastId, rev: 0 };
    this.open.set(created.id, created);
    return created;
  }

  #change(before: Case, next: Case): Case | undefined {
    const now = this.open.get(before.id);
    if (now === undefined || now.rev !== before.rev) {
      return undefined;
    }
    const changed = { ...next, id: now.id, rev: now.rev + 1 };
    if (changed.state === 'closed') {
      this.open.delete(now.id);
      this.closed.push({ case: changed, atMs: this.#nowMs() });
    } else {
      this.open.set(now.id, changed);
    }
    return changed;
  }

  #settle(write: CaseWrite, { id, state }: Case): void {
    if (write.step !== undefined) {
      const from = write.kind === 'open' ? undefined : write.before.state;
      this.steps.push({ ...write.step, caseId: id, atMs: this.#nowMs(), from, to: state });
    }
    this.#orders = this.#orders.filter((order) => order.id !== write.orderId);
    if (write.finding !== undefined) {
      this.#withCase.add(placeOf(write.finding));
    }
  }
}

function nameOf({ pipeline, partition }: CasePlace): string {
  return `${pipeline}/${partition}`;
}

function keyOf({ table, shard, rowKey }: CaseRow): string {
  return JSON.stringify([table, shard, rowKey]);
}

function placeOf({ topic, topicEpoch, partition, offset, payloadIndex, stage }: FindingPlace): string {
  return [topic, topicEpoch, partition, offset, payloadIndex, stage].join('/');
}
