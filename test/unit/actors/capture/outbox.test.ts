import { describe, expect, test } from 'vitest';
import { Outbox } from '../../../../actors/capture/outbox.ts';
import type { ProducedRecord } from '../../../../actors/stream/change-producer.ts';

const RECORD_BYTES = 1_100;
const WIDE = { maxRecords: 100, maxBytes: 1_000_000 };

function aRecord(key: string, bytes = 1_000): ProducedRecord {
  return { key, value: Buffer.alloc(bytes), partition: 0 };
}

function anOutbox(...entries: readonly (ProducedRecord | number)[]): Outbox<number> {
  const outbox = new Outbox<number>();
  for (const entry of entries) {
    if (typeof entry === 'number') {
      outbox.mark(entry);
    } else {
      outbox.put(entry);
    }
  }
  return outbox;
}

function keysOf(batch: { readonly records: readonly ProducedRecord[] }): string {
  return batch.records.map(({ key }) => key).join('');
}

describe('take', () => {
  test('gives records in order with the newest mark among and right behind them', () => {
    const outbox = anOutbox(aRecord('a'), 1, aRecord('b'), 2, aRecord('c'));
    const first = outbox.take({ ...WIDE, maxRecords: 2 });
    expect([keysOf(first), first.mark, first.bytes]).toEqual(['ab', 2, 2 * RECORD_BYTES]);
    const second = outbox.take(WIDE);
    expect([keysOf(second), second.mark]).toEqual(['c', undefined]);
    expect([outbox.isEmpty, outbox.bytes]).toEqual([true, 0]);
  });

  test('never gives a mark whose records are still held', () => {
    const outbox = anOutbox(aRecord('a'), aRecord('b'), 1);
    expect(outbox.take({ ...WIDE, maxRecords: 1 }).mark).toBeUndefined();
    expect(outbox.take(WIDE).mark).toBe(1);
  });

  test('stays within its bytes, but gives a record that alone is larger', () => {
    const outbox = anOutbox(aRecord('a'), aRecord('b'), aRecord('c', 9_000), aRecord('d'));
    const limits = { ...WIDE, maxBytes: 2 * RECORD_BYTES };
    expect([outbox.take(limits), outbox.take(limits), outbox.take(limits)].map(keysOf)).toEqual(['ab', 'c', 'd']);
  });

  test('of an empty outbox gives nothing', () => {
    expect(anOutbox().take(WIDE)).toEqual({ records: [], bytes: 0, mark: undefined });
  });
});

test('marks without records between them take no memory: the newest stays', () => {
  const outbox = anOutbox(...Array.from({ length: 10_000 }, (_, index) => index));
  expect(outbox.take({ maxRecords: 1, maxBytes: 1 })).toEqual({ records: [], bytes: 0, mark: 9_999 });
  expect(outbox.isEmpty).toBe(true);
});
