/**
 * A small world in which repairs race with the sink: one row, a few changes of it at the source, one step at a time.
 *
 * A change is logged, shown to readers, published, and applied, in this order but for two things: the log has it before
 * readers see it, and so the stream and the target may have it before too. While it is logged and not shown its row is
 * locked. A crash sets the sink back to any place it had committed, and takes its memory and its repairs with it.
 *
 * What decides is the code of the sink itself (plan-repair.ts, overtaken-rows.ts); the order of its steps is written down
 * again in repair-protocol.ts.
 */
import type { RoutedChange } from '../../../actors/route/routed-change.ts';
import { formatUtc } from '../../../actors/route/utc-text.ts';
import { OvertakenRows, type ReadPlace } from '../../../actors/sink/overtaken-rows.ts';
import { OffsetLedger } from '../../../actors/stream/offset-ledger.ts';
import type { ShardChange } from '../../../actors/target/target-shard.ts';
import type { RepairRequest } from '../../../protocol/message/recovery-message.ts';
import { ManualClock } from '../manual-clock.ts';
import { anEntry, aTable } from '../sink-builders.ts';
import { MARKER_COLUMNS } from '../target-table.ts';
import { applyChange, type GuardMode, type TargetRow } from './guarded-row.ts';
import { imageOf } from './timed-value.ts';

export type RepairMode = RepairRequest['mode'];

export interface Repair {
  readonly mode: RepairMode;
  /** Of its protocol. */
  readonly step: number;
  /** The lane of the row waits for it. */
  readonly holds: boolean;
  /** left: it differs, and is not older by its modification time. */
  readonly outcome: 'written' | 'equal' | 'left' | 'moving' | 'lost' | null;
  readonly read: ReadPlace | null;
  readonly newestTime: string | null;
  readonly first: string | null;
  readonly source: string | null;
  readonly seen: TargetRow | null;
}

const idleOf = (mode: RepairMode): Repair => ({
  mode,
  step: 0,
  holds: false,
  outcome: null,
  read: null,
  newestTime: null,
  first: null,
  source: null,
  seen: null,
});

const IDLE = { repair: idleOf('repair'), forceSync: idleOf('forceSync') };

/** Not a part of what tells worlds apart. */
export const LAST = Symbol('last');

export interface World {
  /** Changes that have come so far; the first has number 1. */
  readonly logged: number;
  readonly shown: number;
  readonly published: number;
  readonly applied: number;
  readonly row: TargetRow | null;
  readonly memory: ReadPlace | null;
  readonly repairs: readonly Repair[];
  readonly crashesLeft: number;
  readonly crashed: boolean;
  /** A change was logged after a repair had asked for the end of the log, and before it had read the row. */
  readonly raced: boolean;
  /** The state of the source that the target has come to; 0 too when it shows none. */
  readonly reached: number;
  /** It has shown an older one later; by a replay it may. */
  readonly regressed: 'never' | 'raced' | 'yes';
  /** What was run last at the target. */
  readonly [LAST]?: { readonly change: ShardChange };
}

export interface RaceOptions {
  /** Values of the row at the source: before the first change, and after each. null: no row. */
  readonly values: readonly (string | null)[];
  readonly mode: GuardMode;
  /** Commit time of a change, in seconds. */
  readonly secondOf: (change: number) => number;
  /** The row at the target as it is at first; undefined: as it should be. */
  readonly damaged?: TargetRow | null | undefined;
  readonly protocol: Protocol;
  /** At most. */
  readonly repairs: readonly RepairMode[];
  readonly crashes: number;
}

/** What a repair can do next: each world that may come of it; none while it has to wait. */
export type Step = (world: World, index: number, race: Race) => readonly World[];

export interface Protocol {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Steps between which a change that comes may be read and yet not be known to be. */
  readonly blind?: readonly [from: number, to: number];
}

const KEY = '6:orders/1n1';
/** Of the log, per change. */
const BYTES = 10;
const BASE_MS = Date.UTC(2026, 0, 1);

const raceTable = (mode: GuardMode) =>
  aTable({
    columns: ['id', 'v', ...MARKER_COLUMNS.filter(({ name }) => mode === 'strict' || name !== 'ergate_seq')],
  });

export class Race {
  readonly options: RaceOptions;
  readonly table;
  /** Every statement that was run, with the row that it found. */
  readonly statements = new Map<string, { readonly row: TargetRow | null; readonly change: ShardChange }>();
  readonly #entries: readonly RoutedChange[];

  constructor(options: RaceOptions) {
    this.options = options;
    this.table = raceTable(options.mode);
    this.#entries = options.values.map((value, change) => this.#entryOf(value, change));
  }

  get changes(): number {
    return this.options.values.length - 1;
  }

  start(): World {
    const { values, damaged, repairs, crashes } = this.options;
    const [first] = values;
    const right = first == null ? null : { v: first, writer: '1', ...this.versionOf(0) };
    const row = damaged === undefined ? right : damaged;
    return {
      logged: 0,
      shown: 0,
      published: 0,
      applied: 0,
      row,
      memory: null,
      repairs: repairs.map((mode) => IDLE[mode]),
      crashesLeft: crashes,
      crashed: false,
      raced: false,
      reached: 0,
      regressed: 'never',
    };
  }

  valueAt(change: number): string | null {
    return this.options.values[change] ?? null;
  }

  timeOf(change: number): string {
    return formatUtc(BASE_MS + this.options.secondOf(change) * 1_000);
  }

  /** What guards a row that shows a change. */
  versionOf(change: number): Pick<TargetRow, 'time' | 'seq'> {
    return { time: this.timeOf(change), seq: this.options.mode === 'strict' ? String(change) : null };
  }

  /** Where the log ends when a change was the last. */
  endOf(change: number): ReadPlace['position'] {
    return { epoch: 0, file: 1, position: (change + 1) * BYTES, ordinal: 0 };
  }

  next(world: World): readonly World[] {
    return [...this.#nextOfSource(world), ...this.#nextOfSink(world), ...this.#nextOfRepairs(world)];
  }

  isOver({ applied, repairs }: World): boolean {
    return applied === this.changes && repairs.every(({ outcome }) => outcome !== null);
  }

  /** A statement at the target. */
  run(world: World, change: ShardChange): World {
    const { mode } = this.options;
    const { op, image, seq, commitTime, writer, replaces } = change;
    const id = JSON.stringify([world.row, op, image?.cells, seq, commitTime, writer, replaces]);
    this.statements.set(id, { row: world.row, change });
    return { ...this.show(world, applyChange(world.row, change, mode)), [LAST]: { change } };
  }

  show(world: World, row: TargetRow | null): World {
    if (row?.v === world.row?.v) {
      return { ...world, row };
    }
    const state = this.#stateOf(row, world);
    const isOlder = state === -1 && !world.crashed && world.regressed !== 'yes';
    const regressed = isOlder ? (world.raced ? 'raced' : 'yes') : world.regressed;
    return { ...world, row, reached: Math.max(world.reached, state), regressed };
  }

  /** The first state of the source that the row may be, not older than what was shown before; -1: none. */
  #stateOf(row: TargetRow | null, { logged, reached }: Pick<World, 'logged' | 'reached'>): number {
    return this.options.values.findIndex(
      (value, change) => change >= reached && change <= logged && value === (row?.v ?? null),
    );
  }

  #nextOfSource(world: World): readonly World[] {
    const { logged, shown, published, repairs } = world;
    const next: World[] = [];
    if (logged === shown && logged < this.changes) {
      const [from, to] = this.options.protocol.blind ?? [0, 0];
      const raced = world.raced || repairs.some(({ step, outcome }) => outcome === null && step > from && step <= to);
      next.push({ ...world, logged: logged + 1, raced });
    }
    if (shown < logged) {
      next.push({ ...world, shown: shown + 1 });
    }
    if (published < logged) {
      next.push({ ...world, published: published + 1 });
    }
    return next;
  }

  #nextOfSink(world: World): readonly World[] {
    const { applied, published, repairs, memory, crashesLeft } = world;
    const next: World[] = [];
    const entry = this.#entries[applied + 1];
    if (applied < published && entry !== undefined && !repairs.some(({ holds }) => holds)) {
      const after = { ...world, applied: applied + 1 };
      next.push(isOvertaken(memory, entry) ? after : this.run(after, entry));
    }
    for (let committed = 0; crashesLeft > 0 && committed <= applied; committed += 1) {
      next.push({
        ...world,
        applied: committed,
        memory: null,
        crashed: true,
        crashesLeft: crashesLeft - 1,
        repairs: repairs.map((one) =>
          one.step > 0 && one.outcome === null ? { ...IDLE[one.mode], outcome: 'lost' } : one,
        ),
      });
    }
    return next;
  }

  #nextOfRepairs(world: World): readonly World[] {
    return world.repairs.flatMap((repair, index) =>
      // Those of a mode that have not begun are alike: one of them stands for all.
      repair.outcome !== null || (repair === IDLE[repair.mode] && index !== world.repairs.indexOf(repair))
        ? []
        : (this.options.protocol.steps[repair.step]?.(world, index, this) ?? []),
    );
  }

  #entryOf(value: string | null, change: number): RoutedChange {
    const ledger = new OffsetLedger(change, undefined);
    const position = { epoch: 0, file: 1, position: change * BYTES, ordinal: 0 };
    const slot = ledger.open({ offset: change, bytes: 0, commitTimeMs: 0, position });
    return anEntry({
      key: KEY,
      keyCells: ['1'],
      table: this.table,
      image: value === null ? null : imageOf(value),
      seq: String(change),
      commitTime: this.timeOf(change),
      record: { offset: BigInt(change), key: null, value: null, timestampMs: -1 },
      ledger,
      slot,
    });
  }
}

const CLOCK = new ManualClock();

function isOvertaken(memory: ReadPlace | null, entry: RoutedChange): boolean {
  const overtaken = new OvertakenRows(CLOCK, () => {});
  if (memory !== null) {
    overtaken.add(0, KEY, memory);
  }
  return overtaken.covers(0, entry);
}

/** The world with one of its repairs further on. */
export function go(world: World, index: number, change: Partial<Repair>): World {
  const repairs = world.repairs.map((repair, at) =>
    at === index ? { ...repair, step: repair.step + 1, ...change } : repair,
  );
  return { ...world, repairs };
}

/** It ends, and lets go of the lane. */
export function end(world: World, index: number, outcome: Repair['outcome']): World {
  return go(world, index, { ...IDLE[world.repairs[index]?.mode ?? 'repair'], outcome });
}
