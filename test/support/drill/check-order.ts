/**
 * I2: no row ever goes back, in the order of the target's own log; and no repair does harm (check-repair.ts).
 *
 * While a row is there, neither its `ver` nor its `ergate_seq` may go down, and every state that it is given must be one that
 * the stream has at the offset that `ergate_seq` names. A row that was deleted may come back only newer than it was, with one
 * exception that the design states: after a new owner took the partition (its fence in the log), or the operator rewound
 * it, changes are applied again, and a row that is deleted further on is seen until that delete comes. Nothing below an offset that
 * had been committed is applied again, replay or not. What somebody else did counts for nothing but that a row is there or not.
 */
import { findRepairFault } from './check-repair.ts';
import { CommittedFloors } from './committed-floors.ts';
import { pipelineOf } from './expected-places.ts';
import { findingName } from './finding-name.ts';
import {
  type OffsetSample,
  partitionName,
  type RowVersion,
  rowName,
  type StreamHistory,
  type TargetEntry,
  type TargetHistory,
  type Violation,
} from './history.ts';
import { StreamStates } from './stream-states.ts';

export interface OrderInput {
  readonly stream: StreamHistory;
  readonly target: TargetHistory;
  readonly samples: readonly OffsetSample[];
  /** By partitionName: sinks that were started again on their node, which the log of the target does not show. */
  readonly restarted: ReadonlySet<string>;
  /** By findingName: what they name is repaired, as what was damaged is. */
  readonly findings: ReadonlySet<string>;
}

export interface OrderResult {
  readonly violations: readonly Violation[];
  /** States that were not written for the record that their version names. */
  readonly repairs: number;
  /** Row changes by somebody else. */
  readonly damages: number;
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
  isDamaged: boolean;
  /** Somebody else put it there. */
  isForeign: boolean;
  /** It was repaired to a state whose record comes here: up to it, changes before that state are seen again. */
  aheadUntil: number | undefined;
}

export function checkOrder(input: OrderInput): OrderResult {
  const check = new OrderCheck(input);
  for (const [index, entry] of input.target.entries.entries()) {
    check.take(entry, index);
  }
  const { violations, repairs, damages } = check;
  return { violations, repairs, damages };
}

class OrderCheck {
  readonly violations: Violation[] = [];
  repairs = 0;
  damages = 0;
  readonly #target: string;
  readonly #pipeline: string;
  readonly #restarted: ReadonlySet<string>;
  readonly #floors: CommittedFloors;
  readonly #states: StreamStates;
  readonly #findings: ReadonlySet<string>;
  readonly #fates = new Map<string, RowFate>();
  readonly #fences = new Map<number, { epoch: number; raisedAt: number }>();

  constructor({ stream, target, samples, restarted, findings }: OrderInput) {
    this.#target = target.target;
    this.#pipeline = pipelineOf(target.target);
    this.#restarted = restarted;
    this.#floors = new CommittedFloors(target.target, this.#pipeline, samples);
    this.#states = new StreamStates(stream);
    this.#findings = findings;
  }

  take(entry: TargetEntry, index: number): void {
    this.#floors.advanceTo(entry.place, index);
    if (entry.kind !== 'fence' && entry.kind !== 'attempt' && entry.isDamage) {
      this.#takeDamage(entry, index);
    } else if (entry.kind === 'write') {
      this.#takeWrite(entry, index);
    } else if (entry.kind === 'delete') {
      this.#takeDelete(entry, index);
    } else if (entry.kind === 'fence') {
      this.#takeFence(entry, index);
    }
  }

  #takeWrite(entry: Write, index: number): void {
    const fate = this.#fateOf(entry);
    const { aheadUntil } = fate;
    this.#checkOrigin(entry, fate);
    if (fate.now === undefined) {
      this.#checkReturn(entry, fate);
    } else {
      this.#checkForward(entry, fate.now, aheadUntil);
    }
    if ((entry.before === undefined) !== (fate.now === undefined)) {
      this.#say('I2', entry, `the log of ${this.#target} contradicts itself at entry ${index}`);
    }
    fate.now = { ver: entry.ver, seq: entry.seq };
  }

  /** A row that it took away may come back as it was, and not older. */
  #takeDamage(entry: Write | Delete, index: number): void {
    this.damages++;
    const fate = this.#fateOf(entry);
    fate.isDamaged = true;
    if (entry.kind === 'write') {
      fate.isForeign ||= fate.now === undefined;
      fate.now ??= { ver: fate.deletedVer + 1, seq: undefined };
    } else if (fate.now !== undefined) {
      fate.deletedVer = Math.max(fate.deletedVer, fate.now.ver - 1);
      fate.deletedAt = index;
      fate.now = undefined;
    }
  }

  #takeDelete(entry: Delete, index: number): void {
    const fate = this.#fateOf(entry);
    if (!fate.isForeign && !this.#states.isDeleted(rowName(entry.table, entry.key), entry.ver)) {
      this.#say('I13', entry, 'was deleted, which the stream never does');
    }
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

  #checkForward(entry: Write, now: RowVersion, aheadUntil = 0): void {
    if (entry.ver < now.ver && (entry.seq ?? 0) >= aheadUntil) {
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
    const partition = this.#states.partitionOf(rowName(entry.table, entry.key)) ?? -1;
    return (
      (this.#fences.get(partition)?.raisedAt ?? -1) > deletedAt ||
      this.#floors.rewoundAt > deletedAt ||
      this.#restarted.has(partitionName(this.#pipeline, partition))
    );
  }

  /** The state is one of the stream, and not one whose offset had been committed before. */
  #checkOrigin(entry: Write, fate: RowFate): void {
    const row = rowName(entry.table, entry.key);
    const partition = this.#states.partitionOf(row) ?? -1;
    const offsets = this.#states.offsetsOf(row, entry.ver);
    const { seq } = entry;
    const mayRepair = this.#mayRepair(row, fate);
    if (seq === undefined || offsets.length === 0 || (!offsets.includes(seq) && !mayRepair)) {
      this.#say('I6', entry, 'is no state that the stream has at this offset');
      return;
    }
    if (!offsets.includes(seq)) {
      this.repairs++;
      fate.aheadUntil = offsets.find((offset) => offset > seq);
      const end = this.#floors.endAfter(partition) ?? Number.POSITIVE_INFINITY;
      const fault = findRepairFault({ row, ver: entry.ver, seq }, this.#states, end);
      if (fault !== undefined) {
        this.#say('I13', entry, fault);
      }
    }
    const floor = this.#floors.of(partition);
    // A repair writes what had been committed; what it must not do is told above.
    if (seq < floor && !mayRepair) {
      this.#say('I2', entry, `was written although ${floor} had been committed`);
    }
  }

  #mayRepair(row: string, fate: RowFate): boolean {
    const isFound = (partition: number, offset: number) =>
      this.#findings.has(findingName(this.#pipeline, partition, offset));
    return fate.isDamaged || this.#states.isNamed(row, isFound);
  }

  #fateOf({ table, key }: Write | Delete): RowFate {
    const row = rowName(table, key);
    const fate = this.#fates.get(row) ?? newFate();
    this.#fates.set(row, fate);
    return fate;
  }

  #say(invariant: string, { table, key, ver, seq, place }: Write | Delete, what: string): void {
    const row = `${this.#target} ${rowName(table, key)} ver ${ver} ergate_seq ${seq}`;
    this.violations.push({ invariant, message: `${row} (log ${place.file}:${place.position}) ${what}` });
  }
}

function newFate(): RowFate {
  return { now: undefined, deletedVer: 0, deletedAt: -1, isDamaged: false, isForeign: false, aheadUntil: undefined };
}
