/**
 * Folding against applying in order, on a small model of a target table: whatever the changes, wherever the batches are cut,
 * the table ends the same, and the version of no row ever goes back.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FoldedRow } from '../../actors/route/fold-rows.ts';
import type { RoutedChange } from '../../actors/route/routed-change.ts';
import { LaneQueue } from '../../actors/sink/lane-queue.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { propertySeed } from '../support/property-seed.ts';
import { aColumn, anEntry, anImage, aTable, cellsOf } from '../support/sink-builders.ts';

/** Column `own` exists at the target only, so a row that is deleted and made anew has its default again. */
const TABLE = aTable({ columns: ['id', 'a', 'b', aColumn('own', { hasDefault: true })] });
const FRESH = { id: null, a: null, b: null, own: 'default' };

interface Step {
  readonly key: string;
  readonly kind: 'full' | 'only-a' | 'only-b' | 'with-own' | 'delete';
  readonly value: string;
}

const step: fc.Arbitrary<Step> = fc.record({
  key: fc.constantFrom('1', '2', '3', '4'),
  kind: fc.constantFrom('full', 'full', 'only-a', 'only-b', 'with-own', 'delete'),
  value: fc.constantFrom('x', 'y', 'z'),
});

function entryOf({ key, kind, value }: Step, ordinal: number): RoutedChange {
  const images = {
    full: { id: key, a: value, b: value },
    'only-a': { id: key, a: value },
    'only-b': { id: key, b: value },
    'with-own': { id: key, a: value, b: value, own: value },
  } as const;
  const image = kind === 'delete' ? null : anImage(images[kind]);
  return anEntry({ key, image, table: TABLE, coversRow: kind === 'with-own', seq: String(ordinal), slot: ordinal });
}

type Rows = Map<string, Readonly<Record<string, Cell>>>;

function apply(rows: Rows, { key, image }: RoutedChange): void {
  if (image === null) {
    rows.delete(key);
  } else {
    rows.set(key, { ...(rows.get(key) ?? FRESH), ...cellsOf(image) });
  }
}

function applyFolded(rows: Rows, { removal, last }: FoldedRow): void {
  if (removal !== undefined) {
    apply(rows, removal);
  }
  apply(rows, last);
}

describe('folding', () => {
  test('leaves the same table as applying every change in order', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.array(step, { maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (steps, before, maxRows) => {
          const inOrder: Rows = new Map();
          const folded: Rows = new Map();
          for (const entry of before.map(entryOf)) {
            apply(inOrder, entry);
            apply(folded, entry);
          }
          const queue = new LaneQueue();
          for (const entry of steps.map(entryOf)) {
            apply(inOrder, entry);
            queue.push(entry);
          }
          const settled: number[] = [];
          while (queue.length > 0) {
            const batch = queue.take({ maxRows, maxBytes: 2_000 });
            expect(batch.rows.length).toBeLessThanOrEqual(maxRows);
            settled.push(...batch.entries.map(({ slot }) => slot));
            for (const row of batch.rows) {
              applyFolded(folded, row);
            }
          }
          expect(folded).toEqual(inOrder);
          expect(settled).toEqual(steps.map((_, ordinal) => ordinal));
        },
      ),
      { numRuns: 2_000, ...propertySeed() },
    );
  });

  test('passes over a change that is older than one that is there, as the guard would do', () => {
    const seqs = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(seqs, (numbers) => {
        const queue = new LaneQueue();
        for (const number of numbers) {
          queue.push(anEntry({ key: '1', seq: String(number), ...(number % 3 === 0 ? { image: null } : {}) }));
        }
        const [row] = queue.take({ maxRows: 10, maxBytes: 100_000 }).rows;
        expect(row?.last.seq).toBe(String(Math.max(...numbers)));
      }),
      propertySeed(),
    );
  });

  test('never folds a row over another row of a table whose rows depend on each other', () => {
    const table = aTable({ uniqueIndexes: [{ name: 'a', columns: ['a'] }] });
    fc.assert(
      fc.property(fc.array(fc.constantFrom('1', '2', '3'), { maxLength: 40 }), (keys) => {
        const queue = new LaneQueue();
        for (const key of keys) {
          queue.push(anEntry({ key, table }));
        }
        const written: string[] = [];
        while (queue.length > 0) {
          written.push(...queue.take({ maxRows: 100, maxBytes: 100_000 }).rows.map(({ last }) => last.key));
        }
        expect(written).toEqual(keys.filter((key, index) => key !== keys[index - 1]));
      }),
      propertySeed(),
    );
  });

  test('keeps the two halves of a primary-key change in one batch', () => {
    const pairs = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 4 }), (isPair, maxRows) => {
        const queue = new LaneQueue();
        isPair.forEach((paired, index) => {
          if (paired) {
            queue.push(anEntry({ key: `old${index}`, image: null, withNext: true }));
          }
          queue.push(anEntry({ key: `new${index}` }));
        });
        while (queue.length > 0) {
          expect(queue.take({ maxRows, maxBytes: 1_000 }).entries.at(-1)?.withNext).toBe(false);
        }
      }),
      propertySeed(),
    );
  });
});
