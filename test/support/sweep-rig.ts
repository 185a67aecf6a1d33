/**
 * A source, two shards and a stream between them in memory, and a sweeper that compares them. Changes of the source reach the
 * log at once, the topic when the capture takes a step, the shards when the sink of their partition does.
 *
 * Tables as those of the witness rig.
 */
import type { Actor } from '../../actors/runtime/actor.ts';
import { createSweepSides } from '../../actors/sweeper/create-sweep-sides.ts';
import { RowOwner } from '../../actors/sweeper/row-owner.ts';
import { type LeftOut, StreamProgress } from '../../actors/sweeper/stream-progress.ts';
import { createSweeperActor } from '../../actors/sweeper/sweeper-actor.ts';
import type { SweeperDeps } from '../../actors/sweeper/sweeper-deps.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { buildLayout } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import { encodeEnvelope } from '../../protocol/message/message-codec.ts';
import type { Mismatch } from '../../protocol/verify/mismatch.ts';
import { LeapingClock } from './leaping-clock.ts';
import type { MemoryRowReader } from './memory-row-reader.ts';
import { MemorySweepStore } from './memory-sweep-store.ts';
import { ScriptedLookup } from './routing-rig.ts';
import { WITNESS_SETTINGS, WitnessRig } from './witness-rig.ts';

export type Cells = Readonly<Record<string, Cell>>;

export const PARTITIONS = 3;
const KEY_AT_TARGET: Readonly<Record<string, string>> = { accounts: 'mail', codes: 'code' };
/** That of orders changes with their rows: the changes of one are in several partitions then. */
const RECORD_KEYS = new Map<string, readonly string[]>([
  ['orders', ['a']],
  ['offers', ['id']],
  ['accounts', ['id']],
  ['codes', ['id']],
  ['parcels', ['id']],
]);

const ENVELOPE = { v: 1, type: 'report', id: '1', sender: 'sweeper', epoch: 0, correlation: '' } as const;

interface Change {
  /** Place in the log: an older change never goes over a newer one. */
  readonly version: number;
  readonly table: string;
  readonly before: Cells | undefined;
  readonly after: Cells | undefined;
}

export interface SweepRigOptions {
  readonly chunkRows?: number;
  readonly rowsPerSecond?: number;
  /** Undefined: nothing is swept but what is ordered. */
  readonly everyMs?: number | undefined;
  readonly delayMs?: number;
  /** False: another program writes the stream. */
  readonly isOurStream?: boolean;
}

export class SweepRig {
  readonly clock = new LeapingClock();
  readonly store = new MemorySweepStore(this.clock);
  readonly sellers = new ScriptedLookup();
  readonly labels = new ScriptedLookup('NAME_OF_SELLER');
  readonly reported: { readonly partition: number; readonly mismatch: Mismatch }[] = [];
  /** Reports reject while it is true. */
  isRecoveryAway = false;
  /** By partition: what its sink leaves out. */
  readonly leftOut = new Map<number, LeftOut>();
  /** Called at each call of a reader, and of the stream. */
  onStep: () => void = () => {};
  readonly #base = new WitnessRig();
  readonly #options: SweepRigOptions;
  readonly #log: Change[] = [];
  /** By row of a shard, of those that are gone too. */
  readonly #versions = new Map<string, number>();
  #captured = 0;
  readonly #topic: Change[][] = Array.from({ length: PARTITIONS }, () => []);
  readonly #applied = Array.from({ length: PARTITIONS }, () => 0);
  #epoch = 0;

  constructor(options: SweepRigOptions = {}) {
    this.#options = options;
    for (const reader of [this.source, ...this.shards]) {
      reader.onRead = () => this.onStep();
    }
  }

  get source(): MemoryRowReader {
    return this.#base.source;
  }

  get shards(): readonly MemoryRowReader[] {
    return this.#base.shards;
  }

  /** At both sides, as if it had always been there. */
  put(table: string, row: Cells): void {
    this.source.put(table, row);
    for (const shard of this.shardsOf(table, row)) {
      this.putAt(shard, table, row);
    }
  }

  putAt(shard: number, table: string, row: Cells, version = 0): void {
    const markers = { ergate_yn: '1', rpc_time: '1', ergate_seq: String(version) };
    this.shards[shard]?.put(table, { ...row, ...this.#filledOf(table, row), ...markers });
  }

  /** A change at the source, which is on its way then. @param after undefined: a delete */
  change(table: string, before: Cells | undefined, after: Cells | undefined): void {
    if (before !== undefined) {
      this.source.remove(table, before);
    }
    if (after !== undefined) {
      this.source.put(table, after);
    }
    this.#log.push({ table, before, after, version: this.#log.length + 1 });
  }

  get isCaptured(): boolean {
    return this.#captured === this.#log.length;
  }

  get isApplied(): boolean {
    return this.isCaptured && this.#topic.every((records, partition) => this.#applied[partition] === records.length);
  }

  captureOne(): void {
    const change = this.#log[this.#captured];
    if (change !== undefined) {
      this.#captured += 1;
      const oldPartition = this.partitionOf(change.table, change.before ?? change.after ?? {});
      const newPartition = this.partitionOf(change.table, change.after ?? change.before ?? {});
      if (oldPartition === newPartition) {
        this.#topic[newPartition]?.push(change);
      } else {
        this.#topic[oldPartition]?.push({ ...change, after: undefined, version: change.version - 0.5 });
        this.#topic[newPartition]?.push({ ...change, before: undefined });
      }
    }
  }

  /** The sink of the partition takes the next record. */
  applyOne(partition: number): void {
    const applied = this.#applied[partition] ?? 0;
    const change = this.#topic[partition]?.[applied];
    if (change === undefined) {
      return;
    }
    this.#applied[partition] = applied + 1;
    const { table, before, after, version } = change;
    const places = (row: Cells | undefined) => (row === undefined ? [] : this.shardsOf(table, row));
    for (const shard of places(before)) {
      if (this.#isNewest(`${shard}/${table}/${before?.['id']}`, version)) {
        this.shards[shard]?.remove(table, before ?? {});
      }
    }
    for (const shard of places(after)) {
      if (this.#isNewest(`${shard}/${table}/${after?.['id']}`, version)) {
        this.putAt(shard, table, after ?? {}, version);
      }
    }
  }

  settle(): void {
    while (!this.isApplied) {
      this.captureOne();
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        this.applyOne(partition);
      }
    }
  }

  partitionOf(table: string, row: Cells): number {
    const layout = buildLayout(Object.keys(row));
    return new RowOwner(RECORD_KEYS, PARTITIONS).find(table, { layout, cells: Object.values(row) }) ?? -1;
  }

  /** Said here once more, in words of its own. */
  shardsOf(table: string, row: Cells): readonly number[] {
    const keys =
      table === 'offers'
        ? [row['s'], row['t']]
        : table === 'parcels'
          ? (this.sellers.answers.get(String(row['po'])) ?? [])
          : [table === 'orders' ? row['s'] : row['a']];
    return [...new Set(keys.map((key) => Number(key) % 2))];
  }

  /** What is wrong now: "table shard key kind". */
  listWrong(tables: readonly string[]): readonly string[] {
    return tables.flatMap((table) => this.#listWrongOf(table)).sort();
  }

  get found(): readonly string[] {
    const names = this.reported.map(({ mismatch: { row, kind } }) =>
      nameOf(row.table, row.shard, row.targetKey[0]?.[1], kind),
    );
    return [...new Set(names)].sort();
  }

  /** A sweeper of the newest place. @param more over what is usual */
  openSweeper(more: Partial<SweeperDeps> = {}): Actor {
    const { chunkRows = 10, rowsPerSecond = 1_000_000, everyMs } = this.#options;
    this.#epoch += 1;
    const sides = createSweepSides({
      settings: WITNESS_SETTINGS,
      source: this.source,
      targets: this.shards.map((reader, index) => ({ name: `seller${index}`, reader })),
      openLookup: (resolver) => (resolver === 'NAME_OF_SELLER' ? this.labels : this.sellers),
      clock: this.clock,
    });
    return createSweeperActor({
      pipeline: 'order-seller',
      settings: WITNESS_SETTINGS,
      everyMs,
      pace: { chunkRows, rowsPerSecond },
      placeEpoch: this.#epoch,
      store: this.store,
      sides: { ...sides, close: () => {} }, // the next sweeper reads with them
      readPartitionCount: async () => PARTITIONS,
      buildProgress: (partitions) => this.#buildProgress(partitions),
      reporter: {
        report: async (partition, mismatches) => {
          this.onStep();
          if (this.isRecoveryAway) {
            throw new ReplicationError('ERG_4105', 'nobody answers');
          }
          encodeEnvelope({ ...ENVELOPE, body: { mismatches, cleared: [] } }); // what is too large is not sent
          this.reported.push(...mismatches.map((mismatch) => ({ partition, mismatch })));
        },
      },
      recordKeys: this.#options.isOurStream === false ? new Map() : RECORD_KEYS,
      clock: this.clock,
      logger: silentLogger,
      random: Math.random,
      ...more,
    });
  }

  #buildProgress(partitions: number): StreamProgress {
    const log = {
      readEnd: async () => ({ file: 'log.000001', position: this.#log.length }),
      readCaptured: async () => {
        this.onStep();
        return { file: 'log.000001', position: this.#captured };
      },
    };
    return new StreamProgress({
      partitions,
      readOffsetRange: async (partition) => ({ earliest: 0n, end: BigInt(this.#topic[partition]?.length ?? 0) }),
      readCommitted: async (partition) => {
        this.onStep();
        return { offset: BigInt(this.#applied[partition] ?? 0), metadata: String(partition) };
      },
      readLeftOut: (metadata) => [this.leftOut.get(Number(metadata))].flatMap((one) => one ?? []),
      targetName: (table) => table,
      log: this.#options.isOurStream === false ? undefined : log,
      delayMs: this.#options.delayMs ?? 60_000,
      clock: this.clock,
    });
  }

  #isNewest(row: string, version: number): boolean {
    const isNewest = (this.#versions.get(row) ?? 0) <= version;
    this.#versions.set(row, Math.max(version, this.#versions.get(row) ?? 0));
    return isNewest;
  }

  #filledOf(table: string, row: Cells): Cells {
    return table === 'parcels' ? { label: this.labels.answers.get(String(row['po']))?.[0] ?? null } : {};
  }

  #listWrongOf(table: string): readonly string[] {
    const key = KEY_AT_TARGET[table] ?? 'id';
    return this.shards.flatMap((reader, shard) => {
      const expected = new Map(
        this.source
          .rowsOf(table)
          .filter((row) => this.shardsOf(table, row).includes(shard))
          .map((row) => [row[key], { ...row, ...this.#filledOf(table, row) }]),
      );
      const found = new Map(reader.rowsOf(table).map((row) => [row[key], row]));
      const kindOf = (cell: Cell | undefined): string | undefined => {
        const [left, right] = [expected.get(cell), found.get(cell)];
        if (left === undefined || right === undefined) {
          return left === undefined ? 'extra' : 'missing';
        }
        const isEqual = Object.entries(left).every(([name, value]) => (right[name] ?? null) === value);
        return isEqual ? undefined : 'different';
      };
      return [...new Set([...expected.keys(), ...found.keys()])].flatMap((cell) => {
        const kind = kindOf(cell);
        return kind === undefined ? [] : [nameOf(table, `seller${shard}`, cell, kind)];
      });
    });
  }
}

function nameOf(table: string, shard: string, key: Cell | undefined, kind: string): string {
  return `${table} ${shard} ${key} ${kind}`;
}
