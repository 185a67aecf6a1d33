import { expect, test } from 'vitest';
import { OvertakenRows } from '../../../../actors/sink/overtaken-rows.ts';
import { OffsetLedger } from '../../../../actors/stream/offset-ledger.ts';
import type { SourcePosition } from '../../../../protocol/change/source-position.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { anEntry } from '../../../support/sink-builders.ts';

const at = (position: number): SourcePosition => ({ epoch: 0, file: 1, position, ordinal: 0 });

function anEntryAt(offset: number, position: number | undefined, more: Partial<Parameters<typeof anEntry>[0]> = {}) {
  const ledger = new OffsetLedger(offset, undefined);
  const slot = ledger.open({
    offset,
    bytes: 0,
    commitTimeMs: 0,
    position: position === undefined ? null : at(position),
  });
  const record = { offset: BigInt(offset), key: null, value: null, timestampMs: -1 };
  return anEntry({ key: 'k', record, ledger, slot, ...more });
}

function build() {
  const clock = new ManualClock();
  return { clock, rows: new OvertakenRows(clock, () => {}) };
}

test('a change is passed over when the stream or the source log had it before the row was read', () => {
  const { rows } = build();
  rows.add(0, 'k', { offset: 10, position: at(100) });
  expect(rows.covers(0, anEntryAt(9, 500))).toBe(true);
  expect(rows.covers(0, anEntryAt(12, 99))).toBe(true);
  expect(rows.covers(0, anEntryAt(10, 100))).toBe(false);
  expect(rows.covers(0, anEntryAt(10, undefined))).toBe(false);
  expect(rows.covers(1, anEntryAt(9, 50))).toBe(false);
  expect(rows.covers(0, anEntryAt(9, 50, { key: 'other' }))).toBe(false);
});

test('what others depend on is written', () => {
  const { rows } = build();
  rows.add(0, 'k', { offset: 10, position: undefined });
  expect(rows.covers(0, anEntryAt(9, 50, { ties: ['1'] }))).toBe(false);
  expect(rows.covers(0, anEntryAt(9, 50, { withNext: true }))).toBe(false);
  expect(rows.covers(0, anEntryAt(9, 50, { followers: [] }))).toBe(false);
});

test('a row is forgotten when all that is settled has passed both places, or after an hour', () => {
  const { rows, clock } = build();
  const isKnown = () => rows.covers(0, anEntryAt(1, 1));
  rows.add(0, 'k', { offset: 10, position: at(100) });
  rows.forget({ watermark: 10, watermarkPosition: at(99) });
  rows.forget({ watermark: 10, watermarkPosition: undefined });
  rows.forget({ watermark: 9, watermarkPosition: at(100) });
  expect(isKnown()).toBe(true);
  rows.forget({ watermark: 10, watermarkPosition: at(100) });
  expect(isKnown()).toBe(false);

  rows.add(0, 'k', { offset: 10, position: at(100) });
  clock.advance(3_600_001);
  rows.forget({ watermark: 0, watermarkPosition: undefined });
  expect(isKnown()).toBe(false);
});

test('no more than ten thousand rows are kept, the newest', () => {
  const { rows } = build();
  for (let row = 0; row <= 10_000; row += 1) {
    rows.add(0, `${row}`, { offset: 10, position: undefined });
  }
  expect(rows.covers(0, anEntryAt(1, 1, { key: '0' }))).toBe(false);
  expect(rows.covers(0, anEntryAt(1, 1, { key: '1' }))).toBe(true);
  expect(rows.covers(0, anEntryAt(1, 1, { key: '10000' }))).toBe(true);
});
