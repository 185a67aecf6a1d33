/** What becomes of changes that cannot be compared: an unverified range, or a report at once where the settings say so. */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Evidence } from '../../protocol/verify/mismatch.ts';
import type { Refusal } from '../route/build-finding.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import { parseUtc } from '../route/utc-text.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { CheckSettler } from './check-settler.ts';
import type { DueRow } from './due-queue.ts';
import { nameRow } from './name-row.ts';
import type { KeptRange, RangeKeeper } from './range-keeper.ts';
import type { SinkView, TargetPlace } from './sink-view.ts';
import type { SourceTables } from './source-tables.ts';
import type { ReportedRow } from './suspect.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { Check } from './verifier-progress.ts';

export interface UnverifiedOptions {
  readonly deps: VerifierDeps;
  readonly whenOpen: 'range' | 'dead-letter';
  readonly ranges: RangeKeeper;
  readonly sources: SourceTables;
  readonly sink: SinkView;
  readonly settler: CheckSettler;
  readonly report: (rows: readonly ReportedRow[]) => void;
  /** The range that is read again with this ledger. */
  readonly rangeOf: (ledger: OffsetLedger) => KeptRange | undefined;
}

export class Unverified {
  readonly #options: UnverifiedOptions;

  constructor(options: UnverifiedOptions) {
    this.#options = options;
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
    const { settler, whenOpen, report, sources } = this.#options;
    const checks = rows.flatMap((row) => row.checks);
    settler.open(checks);
    if (whenOpen === 'dead-letter') {
      report(rows.map((row) => this.#deadLetter(row, shard, sources)));
    } else {
      this.takeOpen({ shard, table: rows[0]?.change.table.name ?? null }, error, checks);
    }
  }

  /** Rows of one shard that differ, where the source cannot tell which side is right. */
  takeUntold(shard: string, rows: readonly DueRow[], error: ReplicationError): void {
    const checks = rows.flatMap((row) => row.checks);
    this.#options.settler.open(checks);
    this.takeOpen({ shard, table: rows[0]?.change.table.name ?? null }, error, checks);
  }

  /** Checks that are counted as due already. */
  takeOpen(place: TargetPlace, error: ReplicationError, checks: readonly Check[]): void {
    this.#note(place, error, checks);
  }

  /** The change of a table that the shard has never shown: not even its row can be named. */
  takeUnknown(place: TargetPlace, check: Check): void {
    const { settler } = this.#options;
    const error = new ReplicationError('ERG_3402', `table ${place.table} has not been seen at ${place.shard}`);
    check.ledger.count(check.slot);
    settler.open([check]);
    this.#note(place, error, [check]);
  }

  /** What the sink could not apply either it has stored as a finding; what no look-up answers now it may have applied. */
  takeRefused({ record, slot, stage, error, table }: Refusal, ledger: OffsetLedger): void {
    const { settler, deps } = this.#options;
    const check = { record, slot, ledger };
    settler.open([check]);
    if (stage === 'route' && error.class === 'transient' && table !== undefined) {
      const target = deps.settings.tables[table]?.target ?? table;
      this.#note({ shard: '*', table: target }, error, [check]);
    } else {
      settler.finish([check], 'unchecked');
    }
  }

  #note(place: TargetPlace, error: ReplicationError, checks: readonly Check[]): void {
    const { ranges, settler, rangeOf } = this.#options;
    settler.setAside(checks);
    const offsets = checks.map(({ record }) => Number(record.offset));
    const kept = ranges.note({ ...place, from: Math.min(...offsets), to: Math.max(...offsets), error }, checks);
    const readAgain = checks.map(({ ledger }) => rangeOf(ledger)).find((range) => range !== undefined);
    if (readAgain !== undefined) {
      ranges.inherit(kept, readAgain);
    }
  }

  #placeOf(shard: number, table: string | null): TargetPlace {
    return { shard: this.#options.deps.shards[shard]?.name ?? '', table };
  }

  #deadLetter(row: DueRow, shard: string, sources: SourceTables): ReportedRow {
    const { deps } = this.#options;
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
      },
      checks,
      outcome: 'unchecked',
    };
  }
}
