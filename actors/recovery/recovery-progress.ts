import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { RecoveryCounts } from '../../protocol/message/verification-status.ts';
import { isReserved } from '../../protocol/verify/reserved-row.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { Case } from '../state/case.ts';
import type { CaseEvent } from './case-event.ts';
import type { RecoveryDeps } from './recovery-deps.ts';

type Counts = { -readonly [Name in keyof RecoveryCounts]: number };

const NOTHING: RecoveryCounts = { reported: 0, checked: 0, repaired: 0, closed: 0, quarantined: 0, relapsed: 0 };

/** What a recovery actor has done since its start. */
export class RecoveryProgress {
  readonly #logger: Logger;
  readonly #canary: RecoveryDeps['canary'];
  readonly counts: Counts = { ...NOTHING };

  constructor({ logger, canary }: Pick<RecoveryDeps, 'logger' | 'canary'>) {
    this.#logger = logger;
    this.#canary = canary;
  }

  countReported(rows: readonly RowName[]): void {
    this.counts.reported += rows.filter((row) => !this.#isReserved(row)).length;
  }

  count(before: Case, after: Case, event: CaseEvent): void {
    const counts = this.#isReserved(before.row) ? { ...NOTHING } : this.counts; // those of reserved rows are not told
    if (event.type === 'writeOk') {
      counts.repaired += 1;
    }
    if (after.relapses > before.relapses) {
      counts.relapsed += 1;
    }
    if (after.state === before.state) {
      return;
    }
    const fields = { case: String(after.id), table: after.row.table, shard: after.row.shard };
    if (after.state === 'closed') {
      counts.closed += 1;
      this.#logger.event('recovery.case.closed', { ...fields, end: after.end ?? undefined });
    } else if (after.state === 'quarantined') {
      counts.quarantined += 1;
      this.#logger.event('recovery.case.quarantined', { ...fields, reason: after.reason ?? undefined });
    }
  }

  /** What becomes of the rows that are reserved for canaries says nothing of the replication. */
  #isReserved(row: RowName): boolean {
    return this.#canary !== undefined && isReserved(this.#canary, row);
  }
}

export function stopRequested(): ReplicationError {
  return new ReplicationError('ERG_9001', 'the recovery actor was asked to stop');
}
