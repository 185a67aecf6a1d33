/**
 * Reports of wrong rows become cases, or are merged into those there are. A report is stored when this resolves, and the same
 * report again changes nothing.
 */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ClearedRow, FindingReport } from '../../protocol/message/recovery-message.ts';
import type { Case } from '../state/case.ts';
import type { CaseRow, CaseWrite } from '../state/case-store.ts';
import type { CaseBook } from './case-book.ts';
import type { Detection } from './case-event.ts';
import { decideCase } from './decide-case.ts';
import { compareEvidence } from './merge-evidence.ts';
import { openCase } from './open-case.ts';
import type { RecoveryDeps } from './recovery-deps.ts';
import type { RecoveryProgress } from './recovery-progress.ts';

const ROWS_PER_WRITE = 500;
const MAX_TRIES = 5;

export class CaseIntake {
  readonly #deps: RecoveryDeps;
  readonly #book: CaseBook;
  readonly #progress: RecoveryProgress;
  constructor(deps: RecoveryDeps, book: CaseBook, progress: RecoveryProgress) {
    this.#deps = deps;
    this.#book = book;
    this.#progress = progress;
  }

  async store({ mismatches, cleared }: FindingReport): Promise<void> {
    await this.detect(mismatches);
    await this.#clear(cleared);
  }

  /** @throws ReplicationError when not all of them are stored */
  async detect(detections: readonly Detection[]): Promise<void> {
    const newest = [...keepNewest(detections).values()];
    for (let start = 0; start < newest.length; start += ROWS_PER_WRITE) {
      await this.#detectSome(newest.slice(start, start + ROWS_PER_WRITE));
    }
    this.#progress.countReported(detections.map(({ row }) => row));
  }

  async #detectSome(detections: readonly Detection[]): Promise<void> {
    let left = detections;
    for (let tries = 0; left.length > 0; tries += 1) {
      if (tries >= MAX_TRIES) {
        throw new ReplicationError('ERG_5001', `${left.length} cases kept changing while they were stored`);
      }
      left = await this.#tryDetect(left);
    }
  }

  /** @returns those whose cases have changed meanwhile */
  async #tryDetect(detections: readonly Detection[]): Promise<readonly Detection[]> {
    const { cases, pipeline } = this.#deps;
    const rows = detections.map(({ row }) => row);
    const known = indexByRow(await this.#book.step('report.find', () => cases.findNewest(pipeline, rows)));
    const planned = detections.flatMap((detection) => {
      const write = this.#planDetection(detection, known.get(keyOf(detection.row)));
      return write === undefined ? [] : [{ detection, write }];
    });
    if (planned.length === 0) {
      return [];
    }
    const writes = planned.map(({ write }) => write);
    const written = await this.#book
      .step('report.write', () => cases.write(this.#book.place, writes))
      .finally(() => this.#noteConfirmed(writes));
    return planned.flatMap(({ detection, write }, index) => {
      const after = written[index];
      if (after === undefined) {
        return [detection];
      }
      if (write.kind === 'change') {
        this.#progress.count(write.before, after, { type: 'detected', mismatch: detection });
      }
      return [];
    });
  }

  /** Not before: whoever counts meanwhile does not see them. A writing that failed may have been done. */
  #noteConfirmed(writes: readonly CaseWrite[]): void {
    for (const write of writes) {
      this.#book.sawConfirmed(write.kind === 'change' ? write.before : undefined, write.next);
    }
  }

  #planDetection(detection: Detection, known: Case | undefined): CaseWrite | undefined {
    const { facts } = this.#book;
    const { pipeline } = this.#deps;
    if (known === undefined || known.state === 'closed') {
      const next = openCase(detection, { pipeline, previous: known, facts });
      return { kind: 'open', next, step: { event: 'detected', by: detection.foundBy, note: next.reason ?? '' } };
    }
    const { next, step } = decideCase(known, { type: 'detected', mismatch: detection }, facts);
    return next === known ? undefined : { kind: 'change', before: known, next, step };
  }

  /** Evidence of another partition says nothing about offsets of this one. */
  async #clear(cleared: readonly ClearedRow[]): Promise<void> {
    const { cases, pipeline, partition, topicEpoch } = this.#deps;
    for (let start = 0; start < cleared.length; start += ROWS_PER_WRITE) {
      const some = cleared.slice(start, start + ROWS_PER_WRITE);
      const rows = some.map(({ row }) => row);
      const known = indexByRow(await this.#book.step('report.find', () => cases.findNewest(pipeline, rows)));
      const occurrences = some.flatMap(({ row, offset }) => {
        const current = known.get(keyOf(row));
        return current === undefined || current.state === 'closed' || current.partition !== partition
          ? []
          : [
              {
                case: current,
                event: { type: 'cleared', topicEpoch, offset: BigInt(offset) } as const,
              },
            ];
      });
      await this.#book.apply(occurrences);
    }
  }
}

function keepNewest(detections: readonly Detection[]): ReadonlyMap<string, Detection> {
  const newest = new Map<string, Detection>();
  for (const detection of detections) {
    const known = newest.get(keyOf(detection.row));
    if (known === undefined || compareEvidence(asEvidence(known), detection) >= 0) {
      newest.set(keyOf(detection.row), detection);
    }
  }
  return newest;
}

function asEvidence({ evidence, isOwnerUnknown }: Detection): Parameters<typeof compareEvidence>[0] {
  return { ...evidence, offset: BigInt(evidence.offset), isOwnerUnknown: isOwnerUnknown === true };
}

function indexByRow(cases: readonly Case[]): ReadonlyMap<string, Case> {
  return new Map(cases.map((one) => [keyOf(one.row), one]));
}

function keyOf({ table, shard, rowKey }: CaseRow): string {
  return JSON.stringify([table, shard, rowKey]);
}
