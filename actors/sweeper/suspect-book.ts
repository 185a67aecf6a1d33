/**
 * Rows that differ, until each is right, wrong or beyond judging. They are looked at again when their changes had the time to
 * arrive (replication-progress.ts); then those that are wrong are told, and kept until that is acknowledged.
 */
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import type { RowDifference, RowVerdict, RowWitness } from '../row/row-witness.ts';
import { takeReport } from '../row/take-report.ts';
import { choosePartition } from '../stream/choose-partition.ts';
import type { Candidate } from './chunk.ts';
import type { MismatchReporter } from './mismatch-reporter.ts';
import type { PassedPartitions, ProgressMark, ReplicationProgress } from './replication-progress.ts';
import type { RowOwner } from './row-owner.ts';
import { buildMismatch, isOtherSpelling, type Judgement, judge, judgeFirst, type Suspect } from './suspect.ts';

export interface SuspectBookOptions {
  readonly witness: RowWitness;
  readonly progress: ReplicationProgress;
  readonly reporter: MismatchReporter;
  readonly owner: RowOwner;
  readonly topicEpoch: number;
  readonly logger: Logger;
  readonly onSettled: (chunk: number, outcome: 'equal' | 'mismatch' | 'unjudged') => void;
}

interface Confirmed {
  readonly suspect: Suspect;
  readonly mismatch: Mismatch;
}

const NO_VERDICT: RowVerdict = {
  kind: 'unreadable',
  error: new ReplicationError('ERG_9000', 'a row has no verdict'),
};

/** In one look. */
const MAX_LOOK = 500;

export class SuspectBook {
  readonly #options: SuspectBookOptions;
  readonly #byMark = new Map<ProgressMark, Set<Suspect>>();
  #confirmed: readonly Confirmed[] = [];
  #trouble: ReplicationError | undefined;
  #hasUnjudged = false;

  constructor(options: SuspectBookOptions) {
    this.#options = options;
  }

  get size(): number {
    return [...this.#byMark.values()].reduce((sum, suspects) => sum + suspects.size, this.#confirmed.length);
  }

  /** Why the newest round could not judge, or tell, all. */
  get trouble(): ReplicationError | undefined {
    return this.#trouble;
  }

  /**
   * The first look.
   * @returns those that are worth a second, to be entered
   * @throws ReplicationError transient
   */
  async sift(candidates: readonly Candidate[]): Promise<SiftedCandidates> {
    const judged: { readonly candidate: Candidate; readonly judgement: Judgement }[] = [];
    for (const part of cut(candidates, MAX_LOOK)) {
      const verdicts = await this.#look(part);
      judged.push(
        ...part.map((candidate, index) => ({ candidate, judgement: judgeFirst(verdicts[index] ?? NO_VERDICT) })),
      );
    }
    const kept = judged.filter(({ judgement }) => judgement.kind !== 'equal');
    return { kept, mark: kept.length === 0 ? undefined : await this.#options.progress.mark() };
  }

  /** @param chunk its number in the ledger, which expects an outcome for each that is kept */
  enter(chunk: number, { kept, mark }: SiftedCandidates): void {
    if (mark === undefined) {
      return;
    }
    for (const { candidate, judgement } of kept) {
      this.#take({ ...candidate, chunk, seen: undefined, partitions: [], mark, moves: 0 }, judgement, mark);
    }
    if (!this.#byMark.has(mark)) {
      this.#options.progress.forget(mark);
    }
  }

  /** Looks at all whose mark was passed, and tells what is wrong. Never rejects; see trouble. */
  async judgeDue(): Promise<void> {
    this.#trouble = undefined;
    for (const [mark, suspects] of [...this.#byMark]) {
      try {
        await this.#judgeMarked(mark, suspects);
      } catch (error) {
        this.#trouble = asReplicationError(error);
      }
      if (suspects.size === 0) {
        this.#byMark.delete(mark);
        this.#options.progress.forget(mark);
      }
    }
    await this.#report();
  }

  async #judgeMarked(mark: ProgressMark, suspects: Set<Suspect>): Promise<void> {
    const passed = await this.#options.progress.read(mark);
    const due = [...suspects].filter((suspect) => this.#hasPassed(suspect, passed));
    if (due.length < suspects.size) {
      this.#trouble = passed.lacking ?? this.#trouble;
    }
    for (const part of cut(due, MAX_LOOK)) {
      const verdicts = await this.#look(part);
      const judgements = part.map((suspect, index) => judge(suspect, verdicts[index] ?? NO_VERDICT));
      const isNeeded = judgements.some(({ kind }) => kind === 'again');
      const next = isNeeded ? await this.#options.progress.mark() : mark;
      for (const [index, judgement] of judgements.entries()) {
        const suspect = part[index] as Suspect; // one judgement for each
        suspects.delete(suspect);
        this.#settle(suspect, judgement, { next, passed });
      }
    }
  }

  async #look(candidates: readonly Candidate[]): Promise<readonly RowVerdict[]> {
    const rows = candidates.map(({ row }) => row);
    const verdicts = await this.#options.witness.look(rows);
    return rows.map((row, index) => {
      const verdict = verdicts[index] ?? NO_VERDICT;
      return isOtherSpelling(row, verdict) ? { kind: 'equal', digest: null } : verdict;
    });
  }

  #settle(
    suspect: Suspect,
    judgement: Judgement,
    { next, passed }: { readonly next: ProgressMark; readonly passed: PassedPartitions },
  ): void {
    if (judgement.kind !== 'mismatch') {
      this.#take(suspect, judgement, next);
      return;
    }
    const { topicEpoch, owner } = this.#options;
    const { row } = suspect;
    const known = suspect.partitions[0] ?? suspect.owner ?? (owner.partitions === 1 ? 0 : undefined);
    const partition = known ?? choosePartition(row.rowKey, owner.partitions);
    const offset = passed.find(partition, row) ?? 0n;
    const mismatch = buildMismatch(suspect, judgement.difference, { topicEpoch, partition, offset });
    this.#confirmed = [
      ...this.#confirmed,
      { suspect, mismatch: known === undefined ? { ...mismatch, isOwnerUnknown: true } : mismatch },
    ];
  }

  #take(suspect: Suspect, judgement: Judgement, mark: ProgressMark): void {
    switch (judgement.kind) {
      case 'equal':
        this.#options.onSettled(suspect.chunk, 'equal');
        return;
      case 'unjudged':
        this.#noteUnjudged(suspect, judgement.reason);
        this.#options.onSettled(suspect.chunk, 'unjudged');
        return;
      case 'again':
        this.#keepAgain({ ...suspect, mark }, judgement);
        return;
      case 'later':
        this.#trouble = judgement.reason;
        this.#keep(suspect);
        return;
      case 'mismatch':
        return; // never at first sight
    }
  }

  /** The first of a table stands for all; the totals tell how many. */
  #noteUnjudged({ row }: Suspect, { message }: ReplicationError): void {
    if (!this.#hasUnjudged) {
      this.#hasUnjudged = true;
      this.#options.logger.event('sweeper.rows.unjudged', { table: row.table, shard: row.shard, reason: message });
    }
  }

  #keepAgain(suspect: Suspect, { seen, moves }: Extract<Judgement, { kind: 'again' }>): void {
    const partitions = this.#findPartitions(suspect, seen);
    const shape = seen && { mismatch: seen.mismatch, sourceDigest: seen.sourceDigest, targetDigest: seen.targetDigest };
    this.#keep({ ...suspect, seen: shape, partitions, moves });
  }

  #keep(suspect: Suspect): void {
    const suspects = this.#byMark.get(suspect.mark) ?? new Set();
    this.#byMark.set(suspect.mark, suspects.add(suspect));
  }

  #findPartitions({ row }: Suspect, seen: RowDifference | undefined): readonly number[] {
    const images = [seen?.expected ?? null, seen?.actual ?? null].filter((image) => image !== null);
    const found = images.map((image) => this.#options.owner.find(row.table, image));
    return found.every((partition) => partition !== undefined) ? [...new Set(found)] : [];
  }

  #hasPassed({ partitions, row }: Suspect, passed: PassedPartitions): boolean {
    const all = partitions.length > 0 ? partitions : [...Array(this.#options.owner.partitions).keys()];
    return all.every((partition) => passed.find(partition, row) !== undefined);
  }

  async #report(): Promise<void> {
    const { reporter, onSettled, logger } = this.#options;
    const byPartition = Map.groupBy(this.#confirmed, ({ mismatch }) => mismatch.evidence.partition);
    for (const [partition, all] of byPartition) {
      for (let left = all, part = takeReport(left); part.length > 0; part = takeReport(left)) {
        try {
          await reporter.report(
            partition,
            part.map(({ mismatch }) => mismatch),
          );
        } catch (error) {
          this.#trouble = asReplicationError(error);
          break;
        }
        left = left.slice(part.length);
        const told = new Set(part);
        this.#confirmed = this.#confirmed.filter((one) => !told.has(one));
        logger.event('sweeper.mismatch.reported', { partition, rows: part.length });
        for (const { suspect } of part) {
          onSettled(suspect.chunk, 'mismatch');
        }
      }
    }
  }
}

export interface SiftedCandidates {
  readonly kept: readonly { readonly candidate: Candidate; readonly judgement: Judgement }[];
  /** Taken after the look; undefined when nothing is kept. */
  readonly mark: ProgressMark | undefined;
}

function cut<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, part) => all.slice(part * size, (part + 1) * size));
}
