/** Looks at claimed cases, many at a time: rows through the witness, opaque cases by reading their records again. */
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import { unreachable } from '../../protocol/errors/unreachable.ts';
import type { RowDifference, RowVerdict } from '../row/row-witness.ts';
import type { Case } from '../state/case.ts';
import type { CaseBook, CaseOccurrence } from './case-book.ts';
import type { CaseEvent } from './case-event.ts';
import type { CaseRepairer } from './case-repairer.ts';
import type { FindingDesk } from './finding-desk.ts';
import type { OutageKeeper } from './outage-keeper.ts';
import type { RecoveryDeps } from './recovery-deps.ts';
import type { RecoveryProgress } from './recovery-progress.ts';

export interface LookerOptions {
  readonly deps: RecoveryDeps;
  readonly book: CaseBook;
  readonly progress: RecoveryProgress;
  readonly outages: OutageKeeper;
  readonly findings: FindingDesk;
  readonly repairer: CaseRepairer;
}

export class CaseLooker {
  readonly #options: LookerOptions;

  constructor(options: LookerOptions) {
    this.#options = options;
  }

  /** Of cases in hand; afterwards they are not, or they wait for their repair. */
  async look(cases: readonly Case[]): Promise<void> {
    const { book, progress, repairer } = this.#options;
    const seen = await this.#lookAtAll(cases);
    progress.counts.checked += seen.length;
    const [wrong, others] = partition(
      seen,
      ({ case: one, event }) => one.state === 'checking' && event.type === 'diff',
    );
    repairer.add(wrong);
    await book.apply(others);
    book.letGo(others.map((occurrence) => occurrence.case));
  }

  async #lookAtAll(cases: readonly Case[]): Promise<readonly CaseOccurrence[]> {
    try {
      const rows = await this.#lookAtRows(cases.filter(({ kind }) => kind !== 'opaque'));
      return [...rows, ...(await this.#replayAll(cases.filter(({ kind }) => kind === 'opaque')))];
    } catch (error) {
      this.#options.book.abandon(cases);
      throw error;
    }
  }

  async #lookAtRows(cases: readonly Case[]): Promise<readonly CaseOccurrence[]> {
    const { deps, book } = this.#options;
    if (cases.length === 0) {
      return [];
    }
    const verdicts = await book.step('look', () => deps.witness.look(cases.map(({ row }) => row)));
    const occurrences: CaseOccurrence[] = [];
    for (const [index, one] of cases.entries()) {
      occurrences.push({ case: one, event: await this.#eventOf(one, verdicts[index]) });
    }
    return occurrences;
  }

  async #eventOf({ row, state }: Case, verdict: RowVerdict | undefined): Promise<CaseEvent> {
    switch (verdict?.kind) {
      case 'equal':
        return { type: verdict.digest === null ? 'bothAbsent' : 'equal' };
      case undefined:
      case 'moving':
        return { type: 'moved' };
      case 'different':
        return await this.#differenceOf(row.table, verdict);
      case 'unreadable':
        this.#options.outages.sawTrouble();
        return await this.#failureOf(row.shard, verdict.error, state);
      default:
        return unreachable(verdict);
    }
  }

  /** A sink of another partition than that of the row would give it a version that its changes do not count by. */
  async #differenceOf(table: string, verdict: RowDifference): Promise<CaseEvent> {
    const { findPartition, partition: own } = this.#options.deps;
    const { mismatch: kind, columns, sourceDigest, targetDigest, expected, actual } = verdict;
    const image = expected ?? actual;
    try {
      const partition = image === null ? undefined : await findPartition?.(table, image);
      return partition === undefined || partition === own
        ? { type: 'diff', difference: { kind, columns, sourceDigest, targetDigest } }
        : { type: 'elsewhere', partition };
    } catch (error) {
      return { type: 'readError', error: asReplicationError(error) };
    }
  }

  async #failureOf(shard: string, error: ReplicationError, state: Case['state']): Promise<CaseEvent> {
    const outage = state === 'checking' ? await this.#options.outages.findOutage(shard) : undefined;
    return outage ?? { type: 'readError', error };
  }

  async #replayAll(cases: readonly Case[]): Promise<readonly CaseOccurrence[]> {
    const occurrences: CaseOccurrence[] = [];
    for (const one of cases) {
      occurrences.push({ case: one, event: await this.#replay(one) });
    }
    return occurrences;
  }

  async #replay(opaque: Case): Promise<CaseEvent> {
    const { book, findings } = this.#options;
    const readMs = book.facts.nowMs;
    try {
      await book.step('replay', () => findings.replay(opaque));
      return { type: 'replayed' };
    } catch (thrown) {
      const error = asReplicationError(thrown);
      if (error.class === 'fenced') {
        throw error;
      }
      return { type: 'readError', error, readMs };
    }
  }
}

function partition<T>(list: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [list.filter(isFirst), list.filter((one) => !isFirst(one))];
}
