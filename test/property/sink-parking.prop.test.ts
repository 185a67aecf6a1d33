/**
 * The whole sink while shards and tables of its target come and go, and it is restarted in between: in the end, when all is
 * back, each row is on its shard, in its newest state, and nowhere else, and nothing is left out any more. Rows move between
 * shards that are there and shards that are not; breakers are held, commits are lost, catch-ups break off.
 *
 * ERGATE_PARKING_RUNS makes it longer.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countUnaccounted } from '../support/count-changes.ts';
import { ParkingRig, type RigEvent, type Scenario, SHARDS, TABLES } from '../support/parking-rig.ts';
import { propertySeed } from '../support/property-seed.ts';
import { ROW_KEYS, type RowStep } from '../support/row-history.ts';

const RUNS = Number(process.env['ERGATE_PARKING_RUNS'] ?? 50);
const STALLED_MS = 5_000;

const turns = fc.nat(30);
const shard = fc.nat(SHARDS.length - 1);
const table = fc.nat(TABLES.length - 1);

function aTransaction(refused: fc.Arbitrary<boolean>): fc.Arbitrary<RigEvent> {
  const step: fc.Arbitrary<RowStep> = fc.record({
    key: fc.constantFrom(...ROW_KEYS),
    kind: fc.constantFrom('update', 'update', 'update', 'delete', 'change-key'),
    to: fc.constantFrom(...ROW_KEYS),
    moves: fc.boolean(),
    refused,
    partial: fc.boolean(),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 4 });
  return fc.record({ kind: fc.constant('transaction'), table, steps, turns: fc.nat(3) });
}

function anEvent(transaction: fc.Arbitrary<RigEvent>): fc.Arbitrary<RigEvent> {
  return fc.oneof(
    { weight: 14, arbitrary: transaction },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('shard'), shard, turns }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('table'), shard, table, turns }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold'), shard, turns }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('slow'), shard, turns }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart'), turns }) },
  );
}

function aScenario(unique: boolean, refused: fc.Arbitrary<boolean>): fc.Arbitrary<Scenario> {
  const transaction = aTransaction(refused);
  return fc.record({
    events: fc.array(anEvent(transaction), { minLength: 5, maxLength: 60, size: 'max' }),
    after: fc.array(transaction, { maxLength: 30, size: 'max' }),
    luck: fc.nat(),
    unique: fc.constant(unique),
    awayAtFirst: fc.option(fc.subarray([0, 1, 2]), { nil: undefined, freq: 4 }),
  });
}

async function replicate(rig: ParkingRig, { events, after }: Scenario): Promise<string> {
  rig.open();
  for (const one of events) {
    await rig.play(one);
  }
  rig.heal();
  for (const one of after) {
    await rig.play(one);
  }
  const stalled = Promise.withResolvers<string>();
  const timer = setTimeout(stalled.resolve, STALLED_MS, 'stalled');
  const end = await Promise.race([rig.partition.untilWhole().then(() => 'whole'), stalled.promise]);
  clearTimeout(timer);
  return end;
}

/** Rows that a refused change may have left as they were are not judged. */
function listRows(rig: ParkingRig, at: number, read: (name: string, index: number, key: string) => string | undefined) {
  return TABLES.flatMap((name, index) =>
    ROW_KEYS.flatMap((key) => {
      const value = rig.histories[index]?.mayDiffer(key) === true ? undefined : read(name, index, key);
      return value === undefined ? [] : [`${SHARDS[at]}.${name}/${key}: ${value}`];
    }),
  );
}

function expectedAt(rig: ParkingRig, at: number): readonly string[] {
  return listRows(rig, at, (_, index, key) => rig.histories[index]?.expectedOn(at, key));
}

function foundAt(rig: ParkingRig, at: number): readonly string[] {
  return listRows(rig, at, (name, index, key) => {
    const row = rig.shards[at]?.rows.get(index === 0 ? key : `${name}/${key}`);
    return row && [row.cells['v'], row.cells['w']].filter((value) => value !== undefined).join(' ');
  });
}

describe('the sink actor, while shards and tables come and go', () => {
  test.each([
    { unique: false, refuses: false },
    { unique: true, refuses: false },
    { unique: false, refuses: true },
  ])(
    'leaves every row on its shard alone, in its newest state (further unique index: $unique, refused rows: $refuses)',
    async ({ unique, refuses }) => {
      const seen = new Set<string>();
      const refused = refuses ? fc.nat(15).map((luck) => luck === 0) : fc.constant(false);
      await fc.assert(
        fc.asyncProperty(aScenario(unique, refused), async (scenario) => {
          await using rig = new ParkingRig(scenario);
          const end = await replicate(rig, scenario);
          expect({ end, failures: rig.failures, lag: rig.lag }).toEqual({ end: 'whole', failures: [], lag: 0 });
          // What a catch-up read a second time counts again; nothing is left untold.
          expect(countUnaccounted(rig.detail!)).toBeLessThanOrEqual(0);
          expect([...rig.findings].filter((code) => !refuses || code !== 'ERG_3201')).toEqual([]);
          for (const at of SHARDS.keys()) {
            expect(foundAt(rig, at)).toEqual(expectedAt(rig, at));
          }
          for (const one of rig.seen) {
            seen.add(one);
          }
        }),
        { numRuns: RUNS, endOnFailure: RUNS > 100, ...propertySeed() },
      );
      // Else the property has shown nothing.
      expect([...seen]).toEqual(
        expect.arrayContaining(['sink.scope.parked shard', 'sink.scope.parked table', 'sink.scope.caught-up', 'held']),
      );
    },
    RUNS * 250 + 10_000,
  );
});
