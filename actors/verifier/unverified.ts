/**
 * What becomes of changes that cannot be compared: an unverified range; or, while the breaker of their shard is open, a report
 * at once where the settings say so.
 */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Evidence } from '../../protocol/verify/mismatch.ts';
import type { Refusal } from '../route/build-finding.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import { parseUtc } from '../route/utc-text.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { CheckSettler } from './check-settler.ts';
import type { DueRow } from './due-queue.ts';
import { nameRow } from './name-row.ts';
import type { NewerRow } from './newer-rows.ts';
import type { KeptRange, RangeKeeper } from './range-keeper.ts';
import { RefusalDesk, type RefusedChange } from './refusal-desk.ts';
import type { SinkView, TargetPlace } from './sink-view.ts';
import type { SourceSilence } from './source-silence.ts';
import type { SourceTables } from './source-tables.ts';
import type { ReportedRow } from './suspect.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { Check, VerifierProgress } from './verifier-progress.ts';

export interface UnverifiedOptions {
  readonly deps: VerifierDeps;
  readonly whenOpen: 'range' | 'dead-letter';
  readonly ranges: RangeKeeper;
  readonly sources: SourceTables;
  readonly sink: SinkView;
  readonly settler: CheckSettler;
  readonly progress: VerifierProgress;
  readonly silence: SourceSilence;
  readonly report: (rows: readonly ReportedRow[]) => void;
  /** The range that is read again with this ledger. */
  readonly rangeOf: (ledger: OffsetLedger) => KeptRange | undefined;
  readonly onFailed: (error: unknown) => void;
}

/** How long a record is read again that only the verifier cannot route: a look-up row may come back. */
const READ_UNSEEN_MS = 3_600_000;

export class Unverified {
  readonly #options: UnverifiedOptions;
  readonly refusals: RefusalDesk;

  constructor(options: UnverifiedOptions) {
    const { deps, settler, onFailed } = options;
    const { pipeline, partition, settings } = deps;
    const { topic, topicEpoch } = settings.source;
    this.#options = options;
    this.refusals = new RefusalDesk({
      ...deps,
      scope: { pipeline, topic, topicEpoch, partition },
      onStuck: (refused) =>
        settler.finish(
          refused.map(({ check }) => check),
          'unchecked',
        ),
      onUnseen: (refused, error) => this.#takeUnseen(refused, error),
      onFailed,
    });
  }

  /** The sink has not written the entry yet. @returns whether that is so */
  takeLeftOut({ shard, route, entry, movedTo = [] }: PlacedEntry): boolean {
    const { deps, sink, settler } = this.#options;
    if (!sink.hasLeftOut) {
      return false;
    }
    const offset = Number(entry.record.offset);
    // A row that moved is deleted at its old place only when it is at its new one.
    const places = [shard, ...movedTo].map((index) => this.#placeOf(index, route.shards[index]?.targetTable ?? null));
    const scope = places.map((place) => sink.findLeftOut(place, offset)).find((found) => found !== undefined);
    if (scope === undefined) {
      return false;
    }
    const what = scope.table === null ? scope.shard : `${scope.shard}.${scope.table}`;
    const error = new ReplicationError('ERG_4003', `the sink has left out ${what}`);
    settler.open([entry]);
    this.#note({ shard: deps.shards[shard]?.name ?? '', table: entry.table.name }, error, [entry]);
    return true;
  }

  /** Rows of one shard that cannot be read at the target. */
  takeUnread(shard: string, rows: readonly DueRow[], error: ReplicationError): void {
    const { deps, settler, whenOpen, report, progress } = this.#options;
    settler.open(rows.flatMap((row) => row.checks));
    const refusal = whenOpen === 'dead-letter' ? deps.gateOf?.(shard).refusal : undefined;
    const told =
      refusal === undefined ? [] : rows.filter((row) => !row.checks.every((check) => progress.isWatched(check)));
    if (refusal !== undefined && told.length > 0) {
      report(told.map((row) => this.#deadLetter(row, shard, refusal)));
    }
    const left = rows.filter((row) => !told.includes(row));
    this.#noteRows(shard, left, error);
  }

  /** Rows of one shard that differ, where the source cannot tell which side is right. */
  takeUntold(shard: string, rows: readonly DueRow[], error: ReplicationError): void {
    this.#options.settler.open(rows.flatMap((row) => row.checks));
    this.#noteRows(shard, rows, error);
  }

  /** A range is read again for its table only. */
  #noteRows(shard: string, rows: readonly DueRow[], error: ReplicationError): void {
    for (const [table, own] of Map.groupBy(rows, ({ change }) => change.table.name)) {
      const checks = own.flatMap((row) => row.checks);
      this.takeOpen({ shard, table }, error, checks);
    }
  }

  /** Checks that are counted as due already. */
  takeOpen(place: TargetPlace, error: ReplicationError, checks: readonly Check[]): void {
    this.#note(place, error, checks);
  }

  /** They were counted as superseded. What comes of them is told when their changes are read again. */
  takeMissed(shard: string, rows: readonly NewerRow[]): void {
    for (const { table, from, to, newerOffset, counted } of rows) {
      const error = new ReplicationError(
        'ERG_4009',
        `a row has the version of offset ${newerOffset}, no change of it has`,
      );
      const { aside } = this.#options.ranges.note({ shard, table, from, to, error }, []);
      this.#options.progress.miss(counted, aside);
    }
  }

  /** The change of a table that the shard has never shown: not even its row can be named. */
  takeUnknown(place: TargetPlace, check: Check): void {
    const { deps, settler } = this.#options;
    const error =
      deps.gateOf?.(place.shard).refusal ??
      new ReplicationError('ERG_3402', `table ${place.table} has not been seen at ${place.shard}`);
    check.ledger.count(check.slot);
    settler.open([check]);
    this.#note(place, error, [check]);
  }

  /** What the sink could not apply either it has stored as a finding; what no look-up answers now it may have applied. */
  takeRefused(refusal: Refusal, ledger: OffsetLedger): void {
    const { record, slot, stage, error, payloadIndex, removed } = refusal;
    const { settler, progress } = this.#options;
    const check = { record, slot, ledger, payloadIndex, removed };
    settler.open([check]);
    if (progress.isWatched(check)) {
      settler.finish([check], 'unchecked', error);
    } else if (stage === 'route' && error.class === 'transient') {
      this.#note(this.#placeOfRefused(refusal), error, [check]);
    } else {
      this.refusals.add({ check, refusal });
    }
  }

  /** Neither the sink nor the verifier knows what became of it. What stays so is read no more, and told until a person acts. */
  #takeUnseen({ check, refusal }: RefusedChange, error: ReplicationError): void {
    const { rangeOf, deps } = this.#options;
    const sinceMs = rangeOf(check.ledger)?.range.sinceMs ?? Number.NaN;
    const isReadable = !(deps.clock.wallMs() - sinceMs >= READ_UNSEEN_MS);
    this.#note({ ...this.#placeOfRefused(refusal), isReadable }, error, [check]);
  }

  #placeOfRefused({ table }: Refusal): TargetPlace {
    const target = table === undefined ? null : (this.#options.deps.settings.tables[table]?.target ?? table);
    return { shard: '*', table: target };
  }

  #note(place: TargetPlace & { readonly isReadable?: boolean }, error: ReplicationError, all: readonly Check[]): void {
    const { ranges, settler, rangeOf, progress, silence } = this.#options;
    const checks = all.filter((check) => !progress.isWatched(check));
    settler.finish(
      all.filter((check) => progress.isWatched(check)),
      'unchecked',
      error,
    );
    if (checks.length === 0) {
      return;
    }
    silence.saw(error, checks.length);
    const offsets = checks.map(({ record }) => Number(record.offset));
    const kept = ranges.note({ ...place, from: Math.min(...offsets), to: Math.max(...offsets), error }, checks);
    settler.setAside(checks, kept.aside);
    const readAgain = checks.map(({ ledger }) => rangeOf(ledger)).find((range) => range !== undefined);
    if (readAgain !== undefined) {
      ranges.inherit(kept, readAgain);
    }
  }

  #placeOf(shard: number, table: string | null): TargetPlace {
    return { shard: this.#options.deps.shards[shard]?.name ?? '', table };
  }

  #deadLetter(row: DueRow, shard: string, refusal: ReplicationError): ReportedRow {
    const { deps, sources } = this.#options;
    const { change, checks } = row;
    const evidence: Evidence = {
      topicEpoch: deps.settings.source.topicEpoch,
      partition: deps.partition,
      offset: String(change.record.offset),
      commitTimeMs: change.commitTime === null ? null : Math.floor(parseUtc(change.commitTime)),
    };
    return {
      mismatch: {
        row: nameRow(row, shard, sources.known.get(row.sourceTable)),
        kind: change.image === null ? 'extra' : 'different', // as far as is known
        columns: [],
        sourceDigest: null,
        targetDigest: null,
        evidence,
        foundBy: 'verifier',
        reason: new ReplicationError('ERG_4010', `circuitOpened, nobody has looked at the row: ${refusal.message}`)
          .message,
      },
      checks,
      outcome: 'unchecked',
    };
  }
}
