/**
 * Compares the due rows of one shard, in batches. What differs at the first look is gathered and looked at on both sides
 * (row-witness.ts); what differs even so is a suspect.
 */
import { offsetOf } from '../../protocol/change/sequence.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import type { RowVerdict, RowWitness } from '../row/row-witness.ts';
import type { CheckSettler } from './check-settler.ts';
import { DifferingRows } from './differing-rows.ts';
import { DueQueue, type DueRow } from './due-queue.ts';
import type { FirstLooker, SeenRow } from './first-look.ts';
import type { FirstLook } from './judge-first-look.ts';
import { nameRow } from './name-row.ts';
import type { HasTakenFunc, NewerRows, ReadRow } from './newer-rows.ts';
import type { SourceTables } from './source-tables.ts';
import type { Suspect } from './suspect.ts';
import type { VerifierProgress } from './verifier-progress.ts';

export interface RowCheckerOptions {
  readonly shard: string;
  readonly rowsPerRead: number;
  /** Batches under way at a time. */
  readonly concurrency: number;
  readonly looker: FirstLooker;
  readonly newer: NewerRows;
  /** The record was read: a change of it that belongs here was pushed, or waits for a look-up. */
  readonly hasRead: HasTakenFunc;
  readonly witness: RowWitness;
  readonly sources: SourceTables;
  readonly settler: CheckSettler;
  readonly progress: VerifierProgress;
  /** More is about to be pushed, and `pump` called then: what does not fill a batch waits for it. */
  readonly isMoreComing: () => boolean;
  /** More suspects may be added. */
  readonly mayProve: () => boolean;
  readonly onSuspect: (suspect: Suspect) => void;
  /** They cannot be read at the target now. */
  readonly onUnread: (rows: readonly DueRow[], error: ReplicationError) => void;
  /** They differ, and whether that is right cannot be told now. */
  readonly onUntold: (rows: readonly DueRow[], error: ReplicationError) => void;
  /** There is room for more. */
  readonly onRoom: () => void;
  /** A bug: nothing may be skipped, so the verifier must end. */
  readonly onFailed: (error: unknown) => void;
  readonly clock: Clock;
}

/** What was read is as good as a reading that is under way. */
const MOST_READ_AGE_MS = 1_000;
/** First looks that begin before a row that differed at one is looked at again: it holds up the offset. */
const MOST_WAITS = 64;
/** Rows that wait for that, in readings. */
const MOST_DIFFERING_READS = 4;

export class RowChecker {
  readonly #options: RowCheckerOptions;
  readonly #queue = new DueQueue();
  readonly #running = new Set<Promise<void>>();
  readonly #differing = new DifferingRows();
  /** First looks that have begun. */
  #looks = 0;
  #isStopped = false;

  constructor(options: RowCheckerOptions) {
    this.#options = options;
  }

  get queuedRows(): number {
    return this.#queue.rows;
  }

  get isIdle(): boolean {
    return this.#queue.rows === 0 && this.#differing.size === 0 && this.#running.size === 0;
  }

  push(placed: PlacedEntry): void {
    const { newer, settler } = this.#options;
    const { entry } = placed;
    const read = newer.saw(entry);
    settler.close(this.#differing.passBy(entry), 'superseded');
    if (read !== undefined && this.#isRight(entry, read)) {
      settler.close([entry], 'equal');
    } else {
      settler.close(this.#queue.push(placed), 'superseded');
    }
  }

  /** Begins as many batches as may be under way. */
  pump(): void {
    const { concurrency, mayProve } = this.#options;
    while (!this.#isStopped && this.#running.size < concurrency && mayProve()) {
      const look = this.#chooseLook();
      if (look === undefined) {
        return;
      }
      this.#begin(look);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#options.looker.stop();
    await Promise.allSettled(this.#running);
  }

  /** Its row was read just now and is right. An older change that is queued has to meet this one there. */
  #isRight(entry: PlacedEntry['entry'], read: ReadRow): boolean {
    const { looker, clock } = this.#options;
    return (
      clock.monotonicMs() - read.readMs <= MOST_READ_AGE_MS &&
      !this.#queue.has(entry) &&
      looker.isAsWritten(entry, read)
    );
  }

  /** What to do next; undefined when there is nothing. */
  #chooseLook(): (() => Promise<void>) | undefined {
    const { rowsPerRead, isMoreComing } = this.#options;
    const isMore = isMoreComing();
    const isOverdue = this.#isOverdue;
    if (this.#queue.rows >= (isMore ? rowsPerRead : 1) && !isOverdue) {
      const rows = this.#queue.take(rowsPerRead);
      this.#looks += 1;
      return () => this.#look(rows);
    }
    if (isOverdue || (!isMore && this.#differing.size > 0)) {
      const rows = this.#differing.take(rowsPerRead);
      return () => this.#lookAgain(rows);
    }
    return undefined;
  }

  get #isOverdue(): boolean {
    const { oldest = this.#looks, size } = this.#differing;
    return this.#looks - oldest >= MOST_WAITS || size >= MOST_DIFFERING_READS * this.#options.rowsPerRead;
  }

  #begin(look: () => Promise<void>): void {
    const { onRoom, onFailed } = this.#options;
    const running = look()
      .catch((error: unknown) => {
        if (!this.#isStopped) {
          onFailed(error);
        }
      })
      .finally(() => {
        this.#running.delete(running);
        this.pump();
        onRoom();
      });
    this.#running.add(running);
  }

  async #look(rows: readonly DueRow[]): Promise<void> {
    const { looker, settler, onUnread } = this.#options;
    const looks = await looker.look(rows);
    if (this.#isStopped) {
      return;
    }
    if (looks instanceof Error) {
      onUnread(rows, looks);
      return;
    }
    const seen = Map.groupBy(rows, (row, index) => this.#judge(row, looks[index]));
    settler.close(checksOf(seen.get('equal')), 'equal');
    settler.close(checksOf(seen.get('superseded')), 'superseded');
    settler.close(checksOf(seen.get('unwatched')), 'unchecked');
    for (const row of seen.get('different') ?? []) {
      this.#differing.add(row, this.#looks);
    }
  }

  /** The change that has the version of the row must still come; else nobody would look at it. */
  #judge(row: DueRow, seen: SeenRow | undefined): FirstLook | 'unwatched' {
    const { hasRead, newer, progress } = this.#options;
    const { look = 'different', version = null, read } = seen ?? {};
    if (look === 'different' && this.#queue.covers(row.change)) {
      return 'superseded';
    }
    if (look !== 'superseded' || version === null || row.checks.every((check) => progress.isWatched(check))) {
      return look;
    }
    if (this.#queue.holds(row.change, version)) {
      return 'superseded'; // it came while the row was looked at
    }
    if (hasRead(row.change.ledger, offsetOf(version))) {
      return 'different'; // it came and went meanwhile, or there is none
    }
    return newer.add(row, version, progress.listCounted(row.checks), read) ? 'superseded' : 'unwatched';
  }

  async #lookAgain(rows: readonly DueRow[]): Promise<void> {
    const { witness, progress, onUntold } = this.#options;
    const names = await this.#nameAll(rows);
    if (this.#isStopped) {
      return;
    }
    if (names instanceof Error) {
      onUntold(rows, names);
      return;
    }
    progress.sawReads('source', rows.length);
    const verdicts = await witness.look(names);
    for (const [index, row] of rows.entries()) {
      const [name, verdict] = [names[index], verdicts[index]];
      if (!this.#isStopped && name !== undefined && verdict !== undefined) {
        this.#take(row, name, verdict);
      }
    }
  }

  async #nameAll(rows: readonly DueRow[]): Promise<readonly RowName[] | ReplicationError> {
    const { sources, shard } = this.#options;
    try {
      const tables = await sources.read();
      return rows.map((row) => nameRow(row, shard, tables.get(row.sourceTable)));
    } catch (error) {
      return asReplicationError(error);
    }
  }

  #take(row: DueRow, name: RowName, verdict: RowVerdict): void {
    const { settler, onUntold, onSuspect } = this.#options;
    const { checks, change } = row;
    switch (verdict.kind) {
      case 'equal':
        settler.close(checks, 'equal');
        break;
      case 'moving':
        settler.close(checks, 'superseded');
        break;
      case 'unreadable':
        onUntold([row], verdict.error);
        break;
      case 'different':
        settler.open(checks);
        onSuspect({ row: name, change, checks, seen: verdict, rounds: 0 });
    }
  }
}

function checksOf(rows: readonly DueRow[] = []) {
  return rows.flatMap(({ checks }) => checks);
}
