import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FoldedRow } from '../../actors/route/fold-rows.ts';
import { findUnits, isolateUnit } from '../../actors/sink/isolate-row.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { propertySeed } from '../support/property-seed.ts';
import { anEntry } from '../support/sink-builders.ts';

interface Bisected {
  readonly written: string[];
  readonly refused: string[];
  tries: number;
}

/** As a lane does: what fails is divided, in its order, until it stands alone. */
function bisect(rows: readonly FoldedRow[], bad: ReadonlySet<string>, isNamed: boolean): Bisected {
  const result: Bisected = { written: [], refused: [], tries: 0 };
  const entries = rows.map(({ last }) => last);
  const chunks = [rows];
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
    result.tries += 1;
    const keys = chunk.map(({ last }) => last.key);
    const failing = keys.findIndex((key) => bad.has(key));
    const units = findUnits(chunk, entries);
    if (failing < 0) {
      result.written.push(...keys);
    } else if (units.length === 1) {
      result.refused.push(...keys);
    } else {
      const context = isNamed ? { changeIndex: failing } : {};
      chunks.unshift(...isolateUnit(units, chunk, new ReplicationError('ERG_3201', 'as told', { context })));
    }
  }
  return result;
}

test('all bad rows of a batch are found, no other is refused, in few tries, and the order stays', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 300 }), fc.array(fc.nat(299), { maxLength: 5 }), fc.boolean(), (...given) => {
      const [count, badOnes, isNamed] = given;
      const rows = Array.from({ length: count }, (_, index) => ({
        last: anEntry({ key: `${index}` }),
        removal: undefined,
      }));
      const keys = rows.map(({ last }) => last.key);
      const bad = new Set(badOnes.map((index) => `${index % count}`));
      const { written, refused, tries } = bisect(rows, bad, isNamed);
      expect(refused).toEqual(keys.filter((key) => bad.has(key)));
      expect(written).toEqual(keys.filter((key) => !bad.has(key)));
      expect(tries).toBeLessThanOrEqual(1 + bad.size * 2 * Math.ceil(Math.log2(count)));
    }),
    propertySeed(),
  );
});
