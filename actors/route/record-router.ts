/**
 * One record's way from bytes to lanes: decode, pass over what was read before, place each change, fold, push. Everything
 * that cannot go on becomes a finding; every path ends in the ledger, so that no offset passes what is not settled.
 */
import type { RecordDecoder } from '../../protocol/change/decode/record-decoder.ts';
import { comparePositions, type SourcePosition } from '../../protocol/change/source-position.ts';
import type { PayloadFailure, RowChange, SourceTransaction } from '../../protocol/change/source-transaction.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { StreamRecord } from '../stream/record-stream.ts';
import { attachFollowers } from './attach-followers.ts';
import type { Refusal } from './build-finding.ts';
import type { Lookups } from './build-lookups.ts';
import { findLeftRow } from './find-left-row.ts';
import { foldRecord } from './fold-record.ts';
import type { LookupAnswers } from './lookup-answers.ts';
import type { WaitingChange, WaitingRecord } from './lookup-queue.ts';
import { type PlacedEntry, type PlaceMeans, placeChange, type RowPlaces } from './place-change.ts';
import type { PlaceFinder } from './place-finder.ts';
import { hashRecordKey, type RecordContext } from './record-context.ts';
import type { RouteCounts } from './route-counts.ts';
import type { TableRoute } from './table-route.ts';
import { formatUtc } from './utc-text.ts';

export interface RecordRouterOptions {
  readonly decoder: RecordDecoder;
  readonly tables: ReadonlyMap<string, TableRoute>;
  readonly places: PlaceFinder;
  readonly encodeSeq: (offset: number) => string;
  readonly ledger: OffsetLedger;
  readonly progress: { readonly counts: RouteCounts };
  readonly lookups: Lookups;
  /** False for one who reads again what was read before: what it shows is old. */
  readonly teachesLookups: boolean;
  /** What of a folded record this reader takes. */
  readonly select: (placed: readonly PlacedEntry[]) => readonly PlacedEntry[];
  readonly isLeftOut: PlaceMeans['isLeftOut'];
  readonly push: (placed: PlacedEntry, laneHash: number) => void;
  readonly refuse: (refusal: Refusal) => void;
  readonly logger: Logger;
}

interface Placing {
  readonly context: RecordContext;
  /** What is placed is added. */
  readonly placed: PlacedEntry[];
  /** Of a change that waited for them. */
  readonly answers?: LookupAnswers;
  /** See Refusal. */
  readonly removed?: readonly string[];
}

export class RecordRouter {
  readonly #options: RecordRouterOptions;
  readonly #filteredTables = new Set<string>();
  #newest: SourcePosition | undefined;
  #lastCommitTimeMs = Number.NaN;
  #lastCommitTime: string | null = null;

  /** @param newest source position of what was settled before */
  constructor(options: RecordRouterOptions, newest: SourcePosition | undefined) {
    this.#options = options;
    this.#newest = newest;
  }

  /** Of the newest change that was routed and has one, as its entries have it; null when none has. */
  get lastCommitTime(): string | null {
    return this.#lastCommitTime;
  }

  /** @param arrivedMs monotonic */
  route(record: StreamRecord, arrivedMs: number): void {
    const { ledger, progress } = this.#options;
    progress.counts.records += 1;
    if (record.value === null) {
      progress.counts.tombstones += 1;
      ledger.settle(this.#open(record, Number.NaN, undefined));
      return;
    }
    let transaction: SourceTransaction | undefined;
    let failure: ReplicationError | undefined;
    let commitTimeMs: number | undefined;
    try {
      const decoded = this.#options.decoder.decode(record.value);
      transaction = decoded.kind === 'transaction' ? decoded.transaction : undefined;
      commitTimeMs = decoded.kind === 'transaction' ? decoded.transaction.commitTimeMs : decoded.commitTimeMs;
    } catch (error) {
      failure = asReplicationError(error);
    }
    const position = transaction === undefined ? undefined : (transaction.position ?? null);
    const slot = this.#open(record, commitTimeMs ?? Number.NaN, position);
    if (failure !== undefined) {
      progress.counts.changes += 1;
      this.#refuse({
        record,
        slot,
        payloadIndex: -1,
        stage: 'decode',
        error: failure,
        table: undefined,
        rowKey: undefined,
      });
    } else if (transaction !== undefined && !this.#isRepeat(transaction)) {
      this.#routeTransaction(transaction, this.#contextOf(record, slot, { transaction, arrivedMs }));
    }
    ledger.settle(slot);
  }

  #open(record: StreamRecord, commitTimeMs: number, position: SourcePosition | null | undefined): number {
    const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0);
    return this.#options.ledger.open({ offset: Number(record.offset), bytes, commitTimeMs, position });
  }

  /**
   * A capture that was killed sends again what it had not noted as sent; the order of its log tells. A change without a
   * position (read in a snapshot) may itself be sent again and set a row back; then all that follows has to follow.
   */
  #isRepeat({ position }: SourceTransaction): boolean {
    if (position === undefined) {
      this.#newest = undefined;
      return false;
    }
    if (this.#newest !== undefined && comparePositions(position, this.#newest) <= 0) {
      this.#options.progress.counts.repeated += 1;
      return true;
    }
    this.#newest = position;
    return false;
  }

  #contextOf(
    record: StreamRecord,
    slot: number,
    { transaction, arrivedMs }: { readonly transaction: SourceTransaction; readonly arrivedMs: number },
  ): RecordContext {
    return {
      record,
      ledger: this.#options.ledger,
      slot,
      seq: this.#options.encodeSeq(Number(record.offset)),
      commitTime: this.#formatCommitTime(transaction.commitTimeMs),
      laneHash: hashRecordKey(record.key),
      bytesPerChange: (record.value?.length ?? 0) / Math.max(1, transaction.changes.length),
      arrivedMs,
    };
  }

  /** Neighbouring records often have the same: a binary log stamps whole seconds. */
  #formatCommitTime(ms: number | undefined): string | null {
    if (ms === undefined) {
      return null;
    }
    if (ms !== this.#lastCommitTimeMs) {
      this.#lastCommitTimeMs = ms;
      this.#lastCommitTime = formatUtc(ms);
    }
    return this.#lastCommitTime;
  }

  #routeTransaction(transaction: SourceTransaction, context: RecordContext): void {
    const { tables, progress, lookups, places } = this.#options;
    const { changes, failures } = transaction;
    progress.counts.changes += changes.length + failures.length;
    for (const failure of failures) {
      this.#refusePayload(failure, context);
    }
    const placed: PlacedEntry[] = [];
    const waiting = new Map<string, WaitingChange[]>();
    const payloadIndexOf = countPayloads(failures);
    for (const [index, change] of changes.entries()) {
      this.#teach(change);
      const payloadIndex = payloadIndexOf(index);
      const route = tables.get(change.table);
      if (route === undefined) {
        this.#noteFiltered(change.table);
      } else if (route.queue !== undefined) {
        const group = waiting.get(route.queue) ?? [];
        group.push({ route, change, payloadIndex });
        waiting.set(route.queue, group);
      } else {
        this.#place({ route, change, payloadIndex }, places.byKey(route, change), { context, placed });
      }
    }
    this.#pushAll(placed, context);
    for (const [queue, group] of waiting) {
      this.#options.ledger.count(context.slot);
      lookups.queues.get(queue)?.add({ context, changes: group });
    }
  }

  #teach(change: RowChange): void {
    const { lookups, teachesLookups } = this.#options;
    if (teachesLookups) {
      for (const lookup of lookups.shared.values()) {
        lookup.learn(change);
      }
    }
  }

  /** The answers for a record that waited. */
  routeFound({ context, changes }: WaitingRecord, answers: LookupAnswers): void {
    const placed: PlacedEntry[] = [];
    for (const waiting of changes) {
      const places = this.#options.places.byAnswer(waiting.route, waiting.change, answers);
      const removed = places instanceof ReplicationError ? this.#removeLeft(waiting, { context, placed }) : [];
      this.#place(waiting, places, { context, placed, answers, removed });
    }
    this.#pushAll(placed, context);
    this.#options.ledger.settle(context.slot);
  }

  /** There is no answer for a record that waited. */
  refuseWaiting({ context, changes }: WaitingRecord, error: ReplicationError): void {
    for (const waiting of changes) {
      this.#refuseChange(waiting, error, context);
    }
    this.#options.ledger.settle(context.slot);
  }

  /** @returns keys of the rows */
  #removeLeft(waiting: WaitingChange, into: Placing): readonly string[] {
    let left: RowChange | undefined;
    try {
      left = findLeftRow(waiting);
    } catch {
      return []; // its keys cannot be told; the change is a finding all the same
    }
    const placed: PlacedEntry[] = [];
    if (left !== undefined) {
      this.#place({ ...waiting, change: left }, this.#options.places.everywhere, { ...into, placed });
      // The change itself is refused, and counts as that.
      into.placed.push(...placed.map((one) => ({ ...one, entry: { ...one.entry, changes: 0 } })));
    }
    return placed.map(({ entry }) => entry.key);
  }

  #place(waiting: WaitingChange, places: RowPlaces | ReplicationError, into: Placing): void {
    const { route, change, payloadIndex } = waiting;
    const { context, placed, answers, removed } = into;
    try {
      if (places instanceof ReplicationError) {
        throw places;
      }
      // What is written nowhere needs no values.
      const filled = answers === undefined || places.after.length === 0 ? change : route.fill(change, answers);
      placed.push(...placeChange(filled, payloadIndex, places, { route, context, isLeftOut: this.#options.isLeftOut }));
      if (places.before.length === 0 && places.after.length === 0) {
        this.#options.progress.counts.filtered += 1;
      }
    } catch (error) {
      this.#refuseChange(waiting, asReplicationError(error), context, removed);
    }
  }

  #refuseChange(
    { change: { table }, payloadIndex }: WaitingChange,
    error: ReplicationError,
    { record, slot }: RecordContext,
    removed: readonly string[] = [],
  ): void {
    this.#refuse({ record, slot, payloadIndex, stage: 'route', error, table, rowKey: undefined, removed });
  }

  #pushAll(placed: readonly PlacedEntry[], context: RecordContext): void {
    const { ledger, push, select } = this.#options;
    const taken = select(foldRecord(placed));
    for (let counted = 0; counted < taken.length; counted += 1) {
      ledger.count(context.slot);
    }
    for (const entry of attachFollowers(taken)) {
      push(entry, context.laneHash);
    }
  }

  #refusePayload({ payloadIndex, code, message }: PayloadFailure, { record, slot }: RecordContext): void {
    const error = new ReplicationError(code, message);
    this.#refuse({ record, slot, payloadIndex, stage: 'decode', error, table: undefined, rowKey: undefined });
  }

  #refuse(refusal: Refusal): void {
    this.#options.ledger.count(refusal.slot);
    this.#options.refuse(refusal);
  }

  #noteFiltered(table: string): void {
    this.#options.progress.counts.filtered += 1;
    if (!this.#filteredTables.has(table) && this.#filteredTables.size < MAX_NAMED_TABLES) {
      this.#filteredTables.add(table);
      this.#options.logger.event('sink.table.filtered', { table });
    }
  }
}

/** Names come from records: a producer gone wild must not fill the memory. */
const MAX_NAMED_TABLES = 1_000;

/** The payload that a change was decoded from, when some of the record's could not be. */
export function countPayloads(failures: readonly PayloadFailure[]): (index: number) => number {
  if (failures.length === 0) {
    return (index) => index;
  }
  const failed = failures.map(({ payloadIndex }) => payloadIndex).sort((left, right) => left - right);
  return (index) => failed.reduce((payload, skipped) => (skipped <= payload ? payload + 1 : payload), index);
}
