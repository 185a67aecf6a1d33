/**
 * I2: no row ever goes back, in the order of the target's own log.
 *
 * While a row is there, neither its `ver` nor its `ergate_seq` may go down, and every state that it is given must be one that
 * the stream has at the offset that `ergate_seq` names. A row that was deleted may come back only newer than it was, with one
 * exception that the design states: after a new owner took the partition (its fence in the log), or the operator rewound
 * it, changes are applied again, and a row that is deleted further on is seen until that delete comes. Nothing below an offset that
 * had been committed is applied again, replay or not.
 */
import { pipelineOf } from './expected-places.ts';
import {
  comparePlaces,
  type LogPlace,
  type OffsetSample,
  partitionName,
  type RowVersion,
  rowName,
  type StreamHistory,
  type TargetEntry,
  type TargetHistory,
  type Violation,
} from './history.ts';

export interface OrderInput {
  readonly stream: StreamHistory;
  readonly target: TargetHistory;
  readonly samples: readonly OffsetSample[];
  /** By partitionName: sinks that were started again on their node, which the log of the target does not show. */
  readonly restarted: ReadonlySet<string>;
}

type Write = Extract<TargetEntry, { kind: 'write' }>;
type Delete = Extract<TargetEntry, { kind: 'delete' }>;
type Fence = Extract<TargetEntry, { kind: 'fence' }>;

interface RowFate {
  /** Undefined while the row is not there. */
  now: RowVersion | undefined;
  /** Ver with which it was deleted last; 0 when it never was. */
  deletedVer: number;
  /** Number of the entry that deleted it. */
  deletedAt: number;
}

export function checkOrder(input: OrderInput): Violation[] {
  const check = new OrderCheck(input);
  for (const [index, entry] of input.target.entries.entries()) {
    check.take(entry, index);
  }
  return check.violations;
}

class OrderCheck {
  readonly violations: Violation[] = [];
  readonly #target: string;
  readonly #pipeline: string;
  readonly #restarted: ReadonlySet<string>;
  readonly #floors: CommittedFloors;
  readonly #partitionOf: ReadonlyMap<string, number>;
  readonly #offsetsOf: ReadonlyMap<string, ReadonlySet<number>>;
  readonly #fates = new Map<string, RowFate>();
  readonly #fences = new Map<number, { epoch: number; raisedAt: number }>();

  constructor({ stream, target, samples, restarted }: OrderInput) {
    this.#target = target.target;
    this.#pipeline = pipelineOf(target.target);
    this.#restarted = restarted;
    this.#floors = new CommittedFloors(target.target, this.#pipeline, samples);
    this.#partitionOf = new Map(stream.changes.map(({ table, key, partition }) => [rowName(table, key), partition]));
    this.#offsetsOf = indexOffsets(stream);
  }

  take(entry: TargetEntry, index: number): void {
    this.#floors.advanceTo(entry.place, index);
    if (entry.kind === 'write') {
      this.#takeWrite(entry, index);
    } else if (entry.kind === 'delete') {
      this.#takeDelete(entry, index);
    } else if (entry.kind === 'fence') {
      this.#takeFence(entry, index);
    }
  }

  #takeWrite(entry: Write, index: number): void {
    const fate = this.#fateOf(entry);
    this.#checkOrigin(entry);
    if (fate.now === undefined) {
      this.#checkReturn(entry, fate);
    } else {
      this.#checkForward(entry, fate.now);
    }
    if ((entry.before === undefined) !== (fate.now === undefined)) {
      this.#say('I2', entry, `the log of ${this.#target} contradicts itself at entry ${index}`);
    }
    fate.now = { ver: entry.ver, seq: entry.seq };
  }

  #takeDelete(entry: Delete, index: number): void {
    const fate = this.#fateOf(entry);
    fate.deletedVer = Math.max(fate.deletedVer, entry.ver);
    fate.deletedAt = index;
    fate.now = undefined;
  }

  #takeFence({ pipeline, partition, epoch }: Fence, index: number): void {
    const known = this.#fences.get(partition);
    if (pipeline !== this.#pipeline) {
      this.violations.push({ invariant: 'I14', message: `${this.#target} has a fence of pipeline ${pipeline}` });
    } else if (known !== undefined && epoch < known.epoch) {
      const message = `fence ${partitionName(pipeline, partition)} at ${this.#target} went from ${known.epoch} to ${epoch}`;
      this.violations.push({ invariant: 'I14', message });
    } else if (epoch !== known?.epoch) {
      this.#fences.set(partition, { epoch, raisedAt: index });
    }
  }

  #checkForward(entry: Write, now: RowVersion): void {
    if (entry.ver < now.ver) {
      this.#say('I2', entry, `went back from ver ${now.ver}`);
    } else if (now.seq !== undefined && (entry.seq ?? -1) < now.seq) {
      this.#say('I2', entry, `went back from ergate_seq ${now.seq}`);
    }
  }

  #checkReturn(entry: Write, { deletedVer, deletedAt }: RowFate): void {
    if (entry.ver <= deletedVer && !this.#mayReplay(entry, deletedAt)) {
      this.#say('I2', entry, `came back after its delete with ver ${deletedVer}, and nothing was being applied again`);
    }
  }

  #mayReplay(entry: Write, deletedAt: number): boolean {
    const partition = this.#partitionOf.get(rowName(entry.table, entry.key)) ?? -1;
    return (
      (this.#fences.get(partition)?.raisedAt ?? -1) > deletedAt ||
      this.#floors.rewoundAt > deletedAt ||
      this.#restarted.has(partitionName(this.#pipeline, partition))
    );
  }

  /** The state is one of the stream, and not one whose offset had been committed before. */
  #checkOrigin(entry: Write): void {
    const row = rowName(entry.table, entry.key);
    if (entry.seq === undefined || this.#offsetsOf.get(`${row} ${entry.ver}`)?.has(entry.seq) !== true) {
      this.#say('I6', entry, 'is no state that the stream has at this offset');
      return;
    }
    const floor = this.#floors.of(this.#partitionOf.get(row) ?? -1);
    if (entry.seq < floor) {
      this.#say('I2', entry, `was written although ${floor} had been committed`);
    }
  }

  #fateOf({ table, key }: Write | Delete): RowFate {
    const row = rowName(table, key);
    const fate = this.#fates.get(row) ?? { now: undefined, deletedVer: 0, deletedAt: -1 };
    this.#fates.set(row, fate);
    return fate;
  }

  #say(invariant: string, { table, key, ver, seq, place }: Write, what: string): void {
    const row = `${this.#target} ${rowName(table, key)} ver ${ver} ergate_seq ${seq}`;
    this.violations.push({ invariant, message: `${row} (log ${place.file}:${place.position}) ${what}` });
  }
}

/** What was known to be committed when an entry was logged: the newest sample whose end of the log lies before it. */
class CommittedFloors {
  /** Number of the first entry after the latest rewind. */
  rewoundAt = -1;
  readonly #target: string;
  readonly #pipeline: string;
  readonly #samples: readonly OffsetSample[];
  #next = 0;
  #newest: OffsetSample | undefined;

  constructor(target: string, pipeline: string, samples: readonly OffsetSample[]) {
    this.#target = target;
    this.#pipeline = pipeline;
    this.#samples = samples.filter(({ places }) => places.has(target));
  }

  advanceTo(place: LogPlace, index: number): void {
    for (let sample = this.#samples[this.#next]; sample !== undefined; sample = this.#samples[this.#next]) {
      const end = sample.places.get(this.#target);
      if (end === undefined || comparePlaces(end, place) >= 0) {
        return;
      }
      if (this.#newest !== undefined && sample.phase !== this.#newest.phase) {
        this.rewoundAt = index;
      }
      this.#newest = sample;
      this.#next++;
    }
  }

  of(partition: number): number {
    return this.#newest?.committed.get(partitionName(this.#pipeline, partition)) ?? 0;
  }
}

function indexOffsets({ changes }: StreamHistory): Map<string, Set<number>> {
  const offsetsOf = new Map<string, Set<number>>();
  for (const { table, key, rank, offset } of changes) {
    if (rank % 2 === 0) {
      const state = `${rowName(table, key)} ${rank / 2}`;
      offsetsOf.set(state, (offsetsOf.get(state) ?? new Set()).add(offset));
    }
  }
  return offsetsOf;
}
