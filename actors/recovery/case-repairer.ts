/**
 * Repairs what a look has confirmed: through the sink that owns the row, so many a second, some at a time. That it is going to
 * be asked stands in the case before it is asked; an answer that never comes counts as a try and is looked at again.
 */

import { ERROR_CODES, type ErrorCode } from '../../protocol/errors/error-codes.ts';
import { asReplicationError, type ReplicationError } from '../../protocol/errors/replication-error.ts';
import { unreachable } from '../../protocol/errors/unreachable.ts';
import { sinkJob } from '../../protocol/message/job.ts';
import { readRepairAnswer } from '../../protocol/message/recovery-codec.ts';
import { REPAIR_TIMEOUT_MS, type RepairAnswer, type RepairRequest } from '../../protocol/message/recovery-message.ts';
import { buildSubjects } from '../../protocol/message/subjects.ts';
import type { Case } from '../state/case.ts';
import type { CaseBook, CaseOccurrence } from './case-book.ts';
import type { CaseEvent } from './case-event.ts';
import type { OutageKeeper } from './outage-keeper.ts';
import type { RecoveryDeps } from './recovery-deps.ts';
import { TokenBucket } from './token-bucket.ts';

/** Asked of the sink at a time; it holds each row in its lane. */
const MAX_REQUESTS = 32;
/** Answers that say that nothing was done. */
const NOT_DONE: ReadonlySet<string> = new Set(['BUSY', 'DRAINING', 'UNKNOWN_ACTOR', 'STALE_PLACE', 'STALE_EPOCH']);
/** The sink cannot write the row now and says so at once: left out, starting or ending, no commit time yet, not its row. */
const NOT_TRIED: ReadonlySet<string> = new Set(['ERG_5202', 'ERG_5204', 'ERG_5206', 'ERG_5209']);

/** A foreign key, or a unique value: another row stands in the way, and may be wrong itself. */
const BLOCKED: ReadonlySet<string> = new Set(['ERG_3206', 'ERG_3207']);

export interface RepairerOptions {
  readonly deps: RecoveryDeps;
  readonly book: CaseBook;
  readonly outages: OutageKeeper;
  readonly onError: (error: ReplicationError) => void;
}

export class CaseRepairer {
  readonly #options: RepairerOptions;
  readonly #subject: string;
  readonly #tokens: TokenBucket;
  readonly #requests = new Set<Promise<void>>();
  #waiting: readonly CaseOccurrence[] = [];
  #starting: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: RepairerOptions) {
    const { environment, pipeline, partition, clock, rules } = options.deps;
    this.#options = options;
    this.#subject = buildSubjects(environment).actorCommand(sinkJob(pipeline, partition).name, 'repair');
    this.#tokens = new TokenBucket(clock, rules.rowsPerSecond);
  }

  /** Confirmed differences of cases in hand. */
  add(confirmed: readonly CaseOccurrence[]): void {
    this.#waiting = [...this.#waiting, ...confirmed];
    this.pump();
  }

  /** Starts what may be started now; called again when a request has ended, and every second. */
  pump(): void {
    if (this.#waiting.length > 0 && this.#starting === undefined && !this.#isStopped) {
      this.#starting = this.#startSome()
        .catch((error: unknown) => this.#options.onError(asReplicationError(error)))
        .finally(() => {
          this.#starting = undefined;
        });
    }
  }

  /** What has not been started is left as it is, and looked at again by whoever comes next. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#options.book.letGo(this.#waiting.map((occurrence) => occurrence.case));
    this.#waiting = [];
    await this.#starting;
  }

  /** Resolves when no request is under way. */
  async settle(): Promise<void> {
    await this.#starting;
    await Promise.all(this.#requests);
  }

  async #startSome(): Promise<void> {
    const { book } = this.#options;
    const free = MAX_REQUESTS - this.#requests.size;
    const count = this.#tokens.take(Math.min(free, this.#waiting.length));
    const some = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    const applied = await book.apply(some);
    book.letGo(applied.filter(({ effects }) => !effects.includes('repair')).map(({ after }) => after));
    for (const { after, effects } of applied) {
      if (effects.includes('repair') && !this.#isStopped) {
        this.#start(after);
      }
    }
  }

  #start(one: Case): void {
    const request = this.#repair(one)
      .catch((error: unknown) => this.#options.onError(asReplicationError(error)))
      .finally(() => {
        this.#options.book.letGo([one]);
        this.#requests.delete(request);
        this.pump();
      });
    this.#requests.add(request);
  }

  async #repair(one: Case): Promise<void> {
    const { book } = this.#options;
    const event = await book.step('repair', () => this.#ask(one));
    await book.apply([{ case: one, event }]);
  }

  async #ask(one: Case): Promise<CaseEvent> {
    const { bus } = this.#options.deps;
    if (!bus.isConnected) {
      return { type: 'unreached', reason: 'ERG_6102: there is no connection to NATS' };
    }
    const body: RepairRequest = { row: one.row, mode: 'repair', mayDelete: one.kind === 'extra' };
    const message = { type: 'sink.repair', id: `case-${one.id}-${one.rev}`, epoch: 0, body };
    try {
      const reply = await bus.request(this.#subject, message, REPAIR_TIMEOUT_MS);
      if (reply.code !== 'OK') {
        return { type: NOT_DONE.has(reply.code) ? 'unreached' : 'writeTransient', reason: reply.message };
      }
      return await this.#eventOf(one, readRepairAnswer(reply.body));
    } catch (thrown) {
      const { code, message: reason } = asReplicationError(thrown);
      return { type: code === 'ERG_6101' ? 'unreached' : 'writeTransient', reason };
    }
  }

  async #eventOf(one: Case, answer: RepairAnswer): Promise<CaseEvent> {
    const { outcome, code, message, sourceDigest, targetDigest } = answer;
    switch (outcome) {
      case 'equal':
        return { type: sourceDigest === null && targetDigest === null ? 'bothAbsent' : 'equal' };
      case 'written':
      case 'deleted':
        return { type: 'writeOk', answer };
      case 'moving':
        return { type: 'guardLost' };
      case 'extra':
        return { type: 'diff', difference: { kind: 'extra', columns: [], sourceDigest: null, targetDigest } };
      case 'refused':
        return { type: nameRefusal(code), reason: message };
      case 'failed': {
        this.#options.outages.sawTrouble();
        const outage = await this.#options.outages.findOutage(one.row.shard);
        return outage ?? { type: isNotTried(code) ? 'unreached' : 'writeTransient', reason: message };
      }
      default:
        return unreachable(outcome);
    }
  }
}

function nameRefusal(code: ErrorCode | undefined): 'writeBlocked' | 'writePermanent' | 'writeTransient' {
  if (code !== undefined && BLOCKED.has(code)) {
    return 'writeBlocked';
  }
  // What a person mends for many rows at once is tried as often as any repair.
  return code === undefined || ERROR_CODES[code].class === 'row' ? 'writePermanent' : 'writeTransient';
}

function isNotTried(code: ErrorCode | undefined): boolean {
  return code !== undefined && NOT_TRIED.has(code);
}
