import { describe, expect, test } from 'vitest';
import { OffsetLedger } from '../../../../actors/stream/offset-ledger.ts';

const aRecord = (offset: number, more = {}) => ({
  offset,
  bytes: 10,
  commitTimeMs: Number.NaN,
  position: undefined,
  ...more,
});

describe('offset ledger', () => {
  test('stands at the start until the first record is settled', () => {
    const ledger = new OffsetLedger(7, undefined);
    const slot = ledger.open(aRecord(7));
    expect(ledger.watermark).toBe(7);
    ledger.settle(slot);
    expect(ledger.watermark).toBe(8);
  });

  test('does not pass a record that is not settled, whatever is settled behind it', () => {
    const ledger = new OffsetLedger(0, undefined);
    const first = ledger.open(aRecord(0));
    ledger.settle(ledger.open(aRecord(1)));
    ledger.settle(ledger.open(aRecord(2)));
    expect([ledger.watermark, ledger.gap, ledger.openRecords]).toEqual([0, 3, 3]);
    ledger.settle(first);
    expect([ledger.watermark, ledger.gap, ledger.openRecords]).toEqual([3, 0, 0]);
  });

  test('waits for everything that was counted for a record', () => {
    const ledger = new OffsetLedger(0, undefined);
    const slot = ledger.open(aRecord(0));
    ledger.count(slot);
    ledger.count(slot);
    ledger.settle(slot);
    ledger.settle(slot);
    expect(ledger.watermark).toBe(0);
    ledger.settle(slot);
    expect(ledger.watermark).toBe(1);
  });

  test('passes over offsets that the topic does not have', () => {
    const ledger = new OffsetLedger(0, undefined);
    ledger.settle(ledger.open(aRecord(5)));
    ledger.settle(ledger.open(aRecord(9)));
    expect(ledger.watermark).toBe(10);
  });

  test('knows the newest source position below the watermark', () => {
    const position = { epoch: 0, file: 1, position: 4, ordinal: 0 };
    const ledger = new OffsetLedger(0, undefined);
    const first = ledger.open(aRecord(0, { position }));
    const second = ledger.open(aRecord(1));
    expect(ledger.watermarkPosition).toBeUndefined();
    ledger.settle(second);
    expect(ledger.watermarkPosition).toBeUndefined();
    ledger.settle(first);
    expect(ledger.watermarkPosition).toEqual(position);
  });

  test('a change without a source position makes all before it forgotten, a record that is no change does not', () => {
    const at = (position: number) => ({ epoch: 0, file: 1, position, ordinal: 0 });
    const ledger = new OffsetLedger(0, at(5));
    const seen = [at(20), undefined, null, undefined, at(10)].map((position, offset) => {
      ledger.settle(ledger.open(aRecord(offset, { position })));
      return ledger.watermarkPosition?.position;
    });
    expect(seen).toEqual([20, 20, undefined, undefined, 10]);
  });

  test('the newest source position does not go back when a capture sends something again', () => {
    const at = (position: number) => ({ position: { epoch: 0, file: 1, position, ordinal: 0 } });
    const ledger = new OffsetLedger(0, undefined);
    for (const [offset, position] of [10, 20, 10, 20].entries()) {
      ledger.settle(ledger.open(aRecord(offset, at(position))));
      expect(ledger.watermarkPosition?.position).toBe(offset === 0 ? 10 : 20);
    }
  });

  test('refuses an offset that does not follow, and a slot that is settled already', () => {
    const ledger = new OffsetLedger(3, undefined);
    expect(() => ledger.open(aRecord(2))).toThrow('ERG_1213');
    const slot = ledger.open(aRecord(3));
    expect(() => ledger.open(aRecord(3))).toThrow('ERG_1213');
    ledger.settle(slot);
    expect(() => ledger.settle(slot)).toThrow('ERG_9000');
    expect(() => ledger.count(slot)).toThrow('ERG_9000');
    expect(() => ledger.settle(99)).toThrow('ERG_9000');
  });

  test('tells the oldest unsettled commit time and the bytes that are held', () => {
    const ledger = new OffsetLedger(0, undefined);
    const first = ledger.open(aRecord(0, { commitTimeMs: 1_000, bytes: 5 }));
    ledger.open(aRecord(1, { commitTimeMs: 2_000, bytes: 7 }));
    expect([ledger.oldestCommitTimeMs, ledger.heldBytes]).toEqual([1_000, 12]);
    ledger.settle(first);
    expect([ledger.oldestCommitTimeMs, ledger.heldBytes]).toEqual([2_000, 7]);
  });
});
