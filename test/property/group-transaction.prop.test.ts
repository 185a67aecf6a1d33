/** What a source transaction becomes as change records: nothing lost, order per key kept, the same cuts every time. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CapturedLayout, CapturedRow, CaptureOp } from '../../actors/capture/binlog-reader.ts';
import { type GroupedRecord, type SplitLimits, TransactionGrouper } from '../../actors/capture/group-transaction.ts';
import { propertySeed } from '../support/property-seed.ts';

const LAYOUT: CapturedLayout = { table: 't', names: ['key', 'value'], forms: ['text', 'text'], keyIndexes: [0] };

type Given = readonly [op: CaptureOp, row: CapturedRow];

const KEY = fc.constantFrom('a', 'b', 'c', null);
const CELLS = fc.tuple(KEY, fc.string({ maxLength: 40 }));

const CHANGE: fc.Arbitrary<Given> = fc.oneof(
  CELLS.map((after): Given => ['insert', { before: null, after }]),
  CELLS.map((before): Given => ['delete', { before, after: null }]),
  fc.tuple(CELLS, CELLS).map(([before, after]): Given => ['update', { before, after }]),
);

const LIMITS: fc.Arbitrary<SplitLimits> = fc.record({
  recordBytes: fc.integer({ min: 1, max: 400 }),
  recordChanges: fc.integer({ min: 1, max: 6 }),
  heldBytes: fc.integer({ min: 1, max: 900 }),
});

function group(changes: readonly Given[], limits: SplitLimits) {
  const records: GroupedRecord[] = [];
  const grouper = new TransactionGrouper((record) => records.push(record), limits);
  let mostHeldBytes = 0;
  for (const [op, row] of changes) {
    grouper.add(op, LAYOUT, row);
    mostHeldBytes = Math.max(mostHeldBytes, grouper.heldBytes);
  }
  grouper.finish();
  expect([grouper.heldBytes, grouper.isEmpty, grouper.givenRecords]).toEqual([0, true, 0]);
  return { records, mostHeldBytes };
}

/** What each key has to see, written down without the grouper: a row that moves leaves one key and comes to the other. */
function expectedByKey(changes: readonly Given[]): Map<string, string[]> {
  const expected = new Map<string, string[]>();
  const note = (key: string, op: string, row: CapturedRow) =>
    expected.set(key, [...(expected.get(key) ?? []), JSON.stringify([op, row.before, row.after])]);
  for (const [op, { before, after }] of changes) {
    const oldKey = before?.[0] ?? '';
    const newKey = after?.[0] ?? '';
    if (before !== null && after !== null && oldKey !== newKey) {
      note(oldKey, 'delete', { before, after: null });
      note(newKey, 'insert', { before: null, after });
    } else {
      note(after === null ? oldKey : newKey, op, { before, after });
    }
  }
  return expected;
}

function seenByKey(records: readonly GroupedRecord[]): Map<string, string[]> {
  const seen = new Map<string, string[]>();
  for (const { key, changes } of records) {
    const shown = changes.map(({ op, before, after }) => JSON.stringify([op, before, after]));
    seen.set(key, [...(seen.get(key) ?? []), ...shown]);
  }
  return seen;
}

test('every key sees all its changes in their order, whatever the limits are', () => {
  fc.assert(
    fc.property(fc.array(CHANGE, { maxLength: 60 }), LIMITS, (changes, limits) => {
      const { records } = group(changes, limits);
      expect(seenByKey(records)).toEqual(expectedByKey(changes));
      expect(records.map(({ ordinal }) => ordinal)).toEqual(records.map((_, index) => index));
    }),
    propertySeed(),
  );
});

test('reading a transaction again gives the same records with the same ordinals', () => {
  fc.assert(
    fc.property(fc.array(CHANGE, { maxLength: 60 }), LIMITS, (changes, limits) => {
      expect(group(structuredClone(changes), limits).records).toEqual(group(changes, limits).records);
    }),
    propertySeed(),
  );
});

test('no record has more changes than its limit, and no more is held than the limit', () => {
  fc.assert(
    fc.property(fc.array(CHANGE, { maxLength: 60 }), LIMITS, (changes, limits) => {
      const { records, mostHeldBytes } = group(changes, limits);
      expect(Math.max(0, ...records.map((record) => record.changes.length))).toBeLessThanOrEqual(limits.recordChanges);
      expect(mostHeldBytes).toBeLessThan(limits.heldBytes);
    }),
    propertySeed(),
  );
});

test('a transaction that does not count leaves nothing to the next one', () => {
  fc.assert(
    fc.property(
      fc.array(CHANGE, { maxLength: 20 }),
      fc.array(CHANGE, { maxLength: 20 }),
      LIMITS,
      (left, kept, limits) => {
        const records: GroupedRecord[] = [];
        const grouper = new TransactionGrouper((record) => records.push(record), limits);
        for (const [op, row] of left) {
          grouper.add(op, LAYOUT, row);
        }
        grouper.discard();
        records.length = 0;
        for (const [op, row] of kept) {
          grouper.add(op, LAYOUT, row);
        }
        grouper.finish();
        expect(records).toEqual(group(kept, limits).records);
      },
    ),
    propertySeed(),
  );
});
