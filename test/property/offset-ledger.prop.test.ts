/** The ledger against a list: the watermark is the first offset that is not settled, never more and never less. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OffsetLedger } from '../../actors/stream/offset-ledger.ts';
import { propertySeed } from '../support/property-seed.ts';

interface Modelled {
  readonly offset: number;
  readonly slot: number;
  pending: number;
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('open' as const), skip: fc.nat(3) }),
  fc.record({ kind: fc.constant('count' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('settle' as const), pick: fc.nat() }),
);

test('the watermark never passes a record that is not settled, and stands at the first that is not', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.array(step, { maxLength: 3_000, size: 'max' }), (start, steps) => {
      const ledger = new OffsetLedger(start, undefined);
      const records: Modelled[] = [];
      let next = start;
      for (const { kind, ...more } of steps) {
        const open = records.filter(({ pending }) => pending > 0);
        const picked = 'pick' in more ? open[more.pick % Math.max(1, open.length)] : undefined;
        if (kind === 'open') {
          const offset = next + ('skip' in more ? more.skip : 0);
          const slot = ledger.open({ offset, bytes: 1, commitTimeMs: offset, position: undefined });
          records.push({ offset, slot, pending: 1 });
          next = offset + 1;
        } else if (picked !== undefined) {
          kind === 'count' ? ledger.count(picked.slot) : ledger.settle(picked.slot);
          picked.pending += kind === 'count' ? 1 : -1;
        }
        const firstOpen = records.findIndex(({ pending }) => pending > 0);
        const lastSettled = records[firstOpen < 0 ? records.length - 1 : firstOpen - 1];
        expect(ledger.watermark).toBe(lastSettled === undefined ? start : lastSettled.offset + 1);
        expect(ledger.heldBytes).toBe(records.filter(({ pending }) => pending > 0).length);
      }
    }),
    { numRuns: 60, ...propertySeed() },
  );
});
