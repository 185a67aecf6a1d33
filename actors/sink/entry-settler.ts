/** What becomes of entries when their lane is done with them: each settles in the ledger of the reader that took it. */
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { buildFinding, type Refusal } from '../route/build-finding.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import { hashRecordKey } from '../route/record-context.ts';
import type { RoutedChange } from '../route/routed-change.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { StreamRecord } from '../stream/record-stream.ts';
import type { FindingWriter } from './finding-writer.ts';
import type { SinkDeps } from './sink-deps.ts';
import type { SinkProgress } from './sink-progress.ts';

export interface EntrySettlerOptions {
  readonly deps: SinkDeps;
  readonly progress: SinkProgress;
  readonly findings: FindingWriter;
  /** The sink writes there now. */
  readonly isWritten: (shard: number, table: string) => boolean;
  readonly push: (placed: PlacedEntry, laneHash: number) => void;
  readonly onSettled: () => void;
  /** A lane has room, although nothing is settled yet. */
  readonly onRoom: () => void;
}

type Settled = Pick<RoutedChange, 'ledger' | 'slot'>;

export class EntrySettler {
  readonly #options: EntrySettlerOptions;

  constructor(options: EntrySettlerOptions) {
    this.#options = options;
  }

  written(entries: readonly RoutedChange[], rows: number): void {
    const { deps, progress } = this.#options;
    progress.sawWritten(entries, rows, deps.clock.wallMs());
    for (const { ledger, slot, followers, record } of entries) {
      for (const follower of followers ?? []) {
        this.#pushFollower(follower, record);
      }
      ledger.settle(slot);
    }
    this.#options.onSettled();
  }

  #pushFollower(follower: PlacedEntry, record: StreamRecord): void {
    const { shard, route, entry } = follower;
    if (this.#options.isWritten(shard, route.shards[shard]?.targetTable ?? '')) {
      this.#options.push(follower, hashRecordKey(record.key));
    } else {
      entry.ledger.settle(entry.slot); // whoever makes up for its shard begins below this record
    }
  }

  /** What they would do is in the target already. */
  passed(entries: readonly RoutedChange[]): void {
    this.#options.progress.sawPassed(entries);
    this.dropped(entries);
  }

  dropped(entries: readonly RoutedChange[]): void {
    for (const { ledger, slot } of listSettled(entries)) {
      ledger.settle(slot);
    }
    this.#options.onSettled();
  }

  /** One finding for the newest change, and one for each record that is not superseded by it. */
  refuseEntry(newest: RoutedChange, all: readonly RoutedChange[], error: ReplicationError): void {
    const kept = all.filter((one) => one.record !== newest.record && !isSuperseded(one, newest));
    for (const entries of Map.groupBy(kept, ({ record }) => record).values()) {
      this.#refuseRecord(entries.at(-1) ?? newest, entries, error);
    }
    this.#refuseRecord(
      newest,
      all.filter((one) => !kept.includes(one)),
      error,
    );
  }

  #refuseRecord(entry: RoutedChange, entries: readonly RoutedChange[], error: ReplicationError): void {
    const { record, slot, payloadIndex, table, key } = entry;
    const refusal: Refusal = { record, slot, payloadIndex, stage: 'write', error, table: table.name, rowKey: key };
    // What should have followed stays undone: the row is where it was, and the finding has the whole change.
    const all = listSettled(entries);
    const changes = all.reduce((sum, one) => sum + one.changes, 0);
    this.refuse(refusal, all, changes);
  }

  /** What the sink refused for its bytes it has stored; what it left out it may not have looked at. */
  refuseAgain(refusal: Refusal, ledger: OffsetLedger): void {
    if (refusal.stage === 'decode') {
      ledger.settle(refusal.slot);
    } else {
      this.refuse(refusal, [{ ledger, slot: refusal.slot }]);
    }
  }

  /** @param slots settled once it is stored @param changes source changes that it stands for */
  refuse(refusal: Refusal, slots: readonly Settled[], changes = 1): void {
    const { deps, progress, findings } = this.#options;
    const finding = buildFinding(deps, refusal);
    findings.add(finding, () => {
      progress.counts.findings += 1;
      progress.counts.refused += changes;
      const { code, stage, table, offset, payloadIndex } = finding;
      deps.logger.event('sink.finding.stored', { code, stage, table, offset: String(offset), payloadIndex });
      for (const { ledger, slot } of slots) {
        ledger.settle(slot);
      }
      this.#options.onSettled();
    });
    this.#options.onRoom();
  }
}

/** Its effect is in the newer change as well. A changed key names a row that the newer change does not know. */
function isSuperseded({ ties = [] }: RoutedChange, newest: RoutedChange): boolean {
  return ties.length === 0 && (newest.coversRow || newest.image === null);
}

/** The entries, and what should have followed them. */
function listSettled(entries: readonly RoutedChange[]): readonly RoutedChange[] {
  return entries.flatMap((one) => [one, ...(one.followers ?? []).map(({ entry }) => entry)]);
}
