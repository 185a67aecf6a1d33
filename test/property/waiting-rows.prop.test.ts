/**
 * A lane's queue and the rows that wait beside it: whatever waits and for how long, the changes of a row are written in their
 * order, the halves of a primary-key change together, what stands behind a barrier not before it is lifted, changes of a
 * table with a further unique index not before those that were taken before them, and nothing is lost.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FoldedRow } from '../../actors/route/fold-rows.ts';
import type { RoutedChange } from '../../actors/route/routed-change.ts';
import { entriesOf } from '../../actors/sink/batch-chunks.ts';
import { findUnits } from '../../actors/sink/isolate-row.ts';
import { type LaneBatch, LaneQueue } from '../../actors/sink/lane-queue.ts';
import { WaitingRows } from '../../actors/sink/waiting-rows.ts';
import { propertySeed } from '../support/property-seed.ts';
import { anEntry, aTable } from '../support/sink-builders.ts';

const PLAIN = aTable({ name: 'plain' });
/** The same table in a shape in which its keys read differently. */
const RESHAPED = aTable({ name: 'plain' });
const ORDERED = aTable({ name: 'ordered', uniqueIndexes: [{ name: 'u', columns: ['a'] }] });

const plainRow = fc.constantFrom('1', '2', '3', '4');

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('plain' as const), row: plainRow }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ordered' as const), row: fc.constantFrom('x', 'y', 'z') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('key-change' as const), row: plainRow, to: plainRow }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      maxRows: fc.integer({ min: 1, max: 4 }),
      /** So many of the rows have to wait, for so many turns. */
      rows: fc.nat(2),
      waitTurns: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('reshape' as const, 'hold' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('leave-out' as const), table: fc.constantFrom('plain', 'ordered') }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Write = Extract<Step, { readonly kind: 'write' }>;

/** Rows of two turns are not tried together. */
const TURN_MS = 100;

const WRITE_ALL: Write = { kind: 'write', maxRows: 4, rows: 0, waitTurns: 1 };

interface Pushed {
  readonly entry: RoutedChange;
  readonly row: string;
}

class Rig {
  readonly #queue = new LaneQueue();
  readonly #waiting = new WaitingRows();
  readonly #pushed: Pushed[] = [];
  /** Slots, written together. */
  readonly #written: number[][] = [];
  /** By slot: the batch in which it was taken. */
  readonly #batchOf = new Map<number, number>();
  readonly #overstepped: number[] = [];
  readonly #leftOut = new Set<number>();
  #plain = PLAIN;
  #batches = 0;
  #nowMs = 0;
  /** The first slot behind it. */
  #barrier = Number.POSITIVE_INFINITY;

  run(given: Step): void {
    switch (given.kind) {
      case 'plain':
        this.#push(given.row, { table: this.#plain });
        break;
      case 'ordered':
        this.#push(given.row, { table: ORDERED });
        break;
      case 'key-change':
        this.#changeKey(given.row, given.to);
        break;
      case 'reshape':
        this.#plain = this.#plain === PLAIN ? RESHAPED : PLAIN;
        break;
      case 'hold':
        this.#toggleBarrier();
        break;
      case 'leave-out':
        this.#leaveOut(given.table);
        break;
      case 'write':
        this.#write(given);
        break;
    }
  }

  /** @returns what is wrong with what was written */
  end(): readonly string[] {
    this.#lift();
    for (let left = 2 * this.#pushed.length + 8; left > 0; left -= 1) {
      this.#write(WRITE_ALL);
    }
    const places = new Map(this.#written.flatMap((slots, place) => slots.map((slot) => [slot, place] as const)));
    const placeOf = ({ entry }: Pushed) => places.get(entry.slot) ?? Number.NaN;
    const pairs = this.#pushed.flatMap((one, index) => this.#pushed.slice(index + 1).map((two) => ({ one, two })));
    const overtaken = pairs.filter(({ one, two }) => this.#isOrdered(one, two) && placeOf(one) > placeOf(two));
    const torn = pairs.filter(({ one, two }) => isOneChange(one, two) && !Object.is(placeOf(one), placeOf(two)));
    return [
      ...this.#overstepped.map((slot) => `${slot} was written before the barrier was lifted`),
      ...this.#pushed
        .filter(({ entry }) => places.has(entry.slot) === this.#leftOut.has(entry.slot))
        .map(({ entry }) => `${entry.slot} is lost, or written and left out`),
      ...overtaken.map(({ one, two }) => `${two.entry.slot} was written before ${one.entry.slot}`),
      ...torn.map(({ one, two }) => `${one.entry.slot} was written without ${two.entry.slot}`),
      ...(this.#waiting.length === 0 ? [] : ['something is left']),
    ];
  }

  #push(row: string, more: Partial<RoutedChange>): void {
    const table = more.table ?? this.#plain;
    const key = `${table === RESHAPED ? 'text ' : ''}${row}`;
    const entry = anEntry({ ...more, key, table, slot: this.#pushed.length });
    this.#pushed.push({ entry, row });
    this.#queue.push(entry);
  }

  #leaveOut(table: string): void {
    const isUnwanted = (entry: RoutedChange) => entry.table.name === table;
    for (const { slot } of [...this.#waiting.remove(isUnwanted), ...this.#queue.remove(isUnwanted)]) {
      this.#leftOut.add(slot);
    }
  }

  #changeKey(from: string, to: string): void {
    if (from !== to) {
      const ties = [String(this.#pushed.length)];
      this.#push(from, { image: null, withNext: true, ties });
      this.#push(to, { ties });
    }
  }

  #toggleBarrier(): void {
    if (this.#barrier === Number.POSITIVE_INFINITY) {
      this.#barrier = this.#pushed.length;
      this.#queue.raiseBarrier();
    } else {
      this.#lift();
    }
  }

  #lift(): void {
    this.#barrier = Number.POSITIVE_INFINITY;
    this.#queue.liftBarrier();
  }

  #write(given: Write): void {
    this.#nowMs += TURN_MS;
    const due = this.#waiting.takeDue(this.#queue, this.#nowMs);
    if (due.length > 0) {
      for (const [index, { batch, chunk }] of due.entries()) {
        this.#try(batch, chunk.rows, index < given.rows ? given.waitTurns : undefined);
      }
      return;
    }
    const batch = this.#queue.take({ maxRows: given.maxRows, maxBytes: 100_000 });
    this.#batches += 1;
    for (const { slot } of batch.entries) {
      this.#batchOf.set(slot, this.#batches);
    }
    for (const [index, rows] of findUnits(batch.rows, batch.entries).entries()) {
      this.#try(batch, rows, index < given.rows ? given.waitTurns : undefined);
    }
  }

  #try(batch: LaneBatch, rows: readonly FoldedRow[], waitTurns: number | undefined): void {
    const entries = entriesOf(batch, rows);
    if (waitTurns === undefined) {
      this.#written.push(entries.map(({ slot }) => slot));
      this.#overstepped.push(...entries.map(({ slot }) => slot).filter((slot) => slot >= this.#barrier));
    } else {
      const dueMs = this.#nowMs + waitTurns * TURN_MS;
      const chunk = { rows: rows.map((row) => this.#renew(row)), tries: 1 };
      this.#waiting.add({ batch: { entries, rows, fillMs: undefined }, chunk, dueMs });
    }
  }

  /** As a lane does when it is refused: for the table as it is now, its key stays. */
  #renew(row: FoldedRow): FoldedRow {
    return row.last.table === ORDERED ? row : { ...row, last: { ...row.last, table: this.#plain } };
  }

  /** Given in the order in which they were pushed. */
  #isOrdered(one: Pushed, two: Pushed): boolean {
    if (one.entry.table === ORDERED && two.entry.table === ORDERED) {
      const [batch = 0, later = 0] = [one, two].map(({ entry }) => this.#batchOf.get(entry.slot));
      return one.row === two.row || batch < later;
    }
    return one.row === two.row;
  }
}

function isOneChange(one: Pushed, two: Pushed): boolean {
  const [tie] = one.entry.ties ?? [];
  return tie !== undefined && tie === two.entry.ties?.[0];
}

test('what waits is overtaken by nothing that has to come after it', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }), (steps) => {
      const rig = new Rig();
      for (const given of steps) {
        rig.run(given);
      }
      expect(rig.end()).toEqual([]);
    }),
    { numRuns: 3_000, ...propertySeed() },
  );
});
