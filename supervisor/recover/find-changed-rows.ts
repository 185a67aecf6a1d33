/** The rows that a plan is about, by their changes: those that the records of the stream name, and that are not right now. */
import { RecordNamer } from '../../actors/row/record-namer.ts';
import type { OffsetRange, StreamRecord } from '../../actors/stream/record-stream.ts';
import type { SweepSides } from '../../actors/sweeper/sweep-sides.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { Clock } from '../../protocol/clock.ts';
import { asReplicationError, ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import type { ChangeTopic } from './change-topic.ts';
import { chooseOffsets, type Offsets } from './choose-offsets.ts';
import type { FoundRows } from './find-rows.ts';
import { readRecords } from './read-records.ts';

/** Records that meet all that is given. Both ends are included. */
export interface ChangeChoice {
  readonly offsets?: { readonly partition: number; readonly from: bigint; readonly to: bigint } | undefined;
  readonly commitTime?: { readonly fromMs: number | undefined; readonly toMs: number | undefined } | undefined;
  readonly table?: string | undefined;
  readonly shard?: string | undefined;
}

export interface FindChangedOptions {
  readonly settings: PipelineSettings;
  readonly sides: SweepSides;
  readonly topic: ChangeTopic;
  readonly clock: Clock;
  /** @throws ReplicationError ERG_5006 when more than that are not right */
  readonly maxRows: number;
  /** Called with the number of records that have been read. */
  readonly onRead?: ((records: number) => void) | undefined;
}

export interface FoundChangedRows extends FoundRows {
  /** What was not read though it was asked for, for people. */
  readonly notes: readonly string[];
}

const PARTITIONS_AT_ONCE = 4;
const ROWS_PER_LOOK = 500;
/** Names of rows that are kept, so that each is looked at once. */
const MAX_CHANGED_ROWS = 1_000_000;
/** Records come in the order of their commits, but for clocks and long transactions: commit times may go back so far. */
const DISORDER_MS = 10 * 60_000;

/** @throws ReplicationError ERG_5006 of offsets that are not there; as the stream and the readers of both sides */
export async function findChangedRows(choice: ChangeChoice, options: FindChangedOptions): Promise<FoundChangedRows> {
  const { topic } = options;
  const count = await topic.readPartitionCount();
  const { offsets, commitTime: { fromMs } = {} } = choice;
  if (offsets !== undefined && offsets.partition >= count) {
    throw new ReplicationError('ERG_5006', `there is no partition ${offsets.partition}: the topic has ${count}`);
  }
  const starts = fromMs === undefined ? undefined : await topic.findOffsets(fromMs - DISORDER_MS);
  const search = new ChangeSearch(choice, options);
  const left = offsets === undefined ? Array.from({ length: count }, (_, index) => index) : [offsets.partition];
  const readNext = async (): Promise<void> => {
    for (let partition = left.shift(); partition !== undefined; partition = left.shift()) {
      await search.read(partition, starts?.get(partition));
    }
  };
  await Promise.all(Array.from({ length: PARTITIONS_AT_ONCE }, readNext));
  return search.found;
}

class ChangeSearch {
  readonly #choice: ChangeChoice;
  readonly #options: FindChangedOptions;
  readonly #namer: RecordNamer;
  readonly #seen = new Set<string>();
  readonly #rows: FoundRows['rows'][number][] = [];
  readonly #notes: string[] = [];
  #records = 0;
  #unnamed = 0;
  #firstFailure: ReplicationError | undefined;

  constructor(choice: ChangeChoice, options: FindChangedOptions) {
    const { settings, sides } = options;
    this.#choice = choice;
    this.#options = options;
    this.#namer = new RecordNamer({
      settings,
      source: sides.source.shapes,
      sourceRows: sides.source.reader,
      shards: sides.shards.map(({ shapes }) => shapes),
      placer: sides.placer,
    });
  }

  get found(): FoundChangedRows {
    const failure = this.#firstFailure === undefined ? [] : [`a change names no row: ${this.#firstFailure.message}`];
    return {
      rows: this.#rows,
      compared: this.#seen.size,
      unowned: this.#unnamed,
      notes: [...this.#notes, ...failure],
    };
  }

  async read(partition: number, start: bigint | undefined): Promise<void> {
    const { topic, clock } = this.#options;
    const { silentFrom } = await readRecords({
      open: (events) => topic.open(partition, events),
      choose: (held) => this.#choose(partition, held, start),
      onRecords: (records) => this.#take(partition, records),
      clock,
    });
    if (silentFrom !== undefined) {
      this.#notes.push(`partition ${partition}: no record came from offset ${silentFrom} on`);
    }
  }

  #choose(partition: number, held: OffsetRange, start: bigint | undefined): Offsets | undefined {
    const { offsets } = this.#choice;
    const asked = { from: offsets?.from ?? start, to: offsets?.to, isExact: offsets !== undefined };
    const { wanted, note } = chooseOffsets(partition, held, asked);
    if (wanted === undefined && offsets !== undefined) {
      throw new ReplicationError('ERG_5006', note ?? '');
    }
    this.#notes.push(...(note === undefined ? [] : [note]));
    return wanted;
  }

  /** @returns false when all that comes is younger than what was asked for */
  async #take(partition: number, records: readonly StreamRecord[]): Promise<boolean> {
    const { toMs = Number.POSITIVE_INFINITY } = this.#choice.commitTime ?? {};
    await this.#namer.renew();
    const changes: RowChange[] = [];
    let newestMs = 0;
    for (const record of records) {
      newestMs = Math.max(newestMs, this.#decode(record, changes) ?? 0);
    }
    const { rows, failures } = await this.#namer.nameChanges(changes);
    for (const failure of failures) {
      this.#refuse(failure);
    }
    await this.#look(partition, rows);
    this.#records += records.length;
    this.#options.onRead?.(this.#records);
    return newestMs <= toMs + DISORDER_MS;
  }

  /** Adds the changes that are wanted. @returns the commit time */
  #decode({ value }: StreamRecord, changes: RowChange[]): number | undefined {
    const { table } = this.#choice;
    if (value === null) {
      return undefined;
    }
    try {
      const decoded = this.#namer.decoder.decode(value);
      if (decoded.kind !== 'transaction') {
        return decoded.commitTimeMs;
      }
      const { commitTimeMs, failures, changes: all } = decoded.transaction;
      if (this.#isWanted(commitTimeMs)) {
        changes.push(...all.filter((change) => table === undefined || change.table === table));
        for (const { code, message } of failures) {
          this.#refuse(new ReplicationError(code, message));
        }
      }
      return commitTimeMs;
    } catch (error) {
      this.#refuse(asReplicationError(error));
      return undefined;
    }
  }

  /** A record that does not say when it was committed is taken: better a row too many is looked at. */
  #isWanted(commitTimeMs: number | undefined): boolean {
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = this.#choice.commitTime ?? {};
    return commitTimeMs === undefined || (commitTimeMs >= fromMs && commitTimeMs <= toMs);
  }

  /** @throws what may be asked again, or is a bug: the plan would be without rows that it could have */
  #refuse(failure: ReplicationError): void {
    if (failure.class === 'transient' || failure.class === 'unknown' || failure.class === 'bug') {
      throw failure;
    }
    this.#firstFailure ??= failure;
    this.#unnamed += 1;
  }

  async #look(partition: number, named: readonly RowName[]): Promise<void> {
    const { sides, maxRows } = this.#options;
    const { shard } = this.#choice;
    const fresh = named.filter((row) => (shard === undefined || row.shard === shard) && this.#isNew(row));
    for (let start = 0; start < fresh.length; start += ROWS_PER_LOOK) {
      const rows = fresh.slice(start, start + ROWS_PER_LOOK);
      const verdicts = await sides.witness.look(rows);
      this.#rows.push(
        ...rows
          .filter((_, index) => verdicts[index]?.kind !== 'equal')
          .map((row) => ({ row, partition, caseId: null })),
      );
      if (this.#rows.length > maxRows) {
        throw new ReplicationError('ERG_5006', `a plan takes at most ${maxRows} rows; choose fewer`);
      }
    }
  }

  #isNew({ table, shard, rowKey }: RowName): boolean {
    const name = nameOf({ table, shard, rowKey });
    if (this.#seen.has(name)) {
      return false;
    }
    this.#seen.add(name);
    if (this.#seen.size > MAX_CHANGED_ROWS) {
      throw new ReplicationError('ERG_5006', `more than ${MAX_CHANGED_ROWS} rows were changed then; choose fewer`);
    }
    return true;
  }
}

/** What tells a row from all others of a pipeline. */
export function nameOf({ table, shard, rowKey }: Pick<RowName, 'table' | 'shard' | 'rowKey'>): string {
  return JSON.stringify([table, shard, rowKey]);
}
