/**
 * The whole verifier against a model that knows which rows of the target were damaged: whatever the histories, the faults and
 * the restarts, every damage that is left is reported, and nothing else is; no offset is committed past a damaged row that is
 * neither reported nor in a stored range; and each change that the last verifier had to read was due once and has one outcome.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildLuck } from '../support/build-luck.ts';
import { passTurns } from '../support/memory-shard.ts';
import { propertySeed } from '../support/property-seed.ts';
import { ROW_KEYS } from '../support/row-history.ts';
import { type Damage, Damages, type Step, TABLE_NAMES } from '../support/verifier-damages.ts';
import { SHARDS } from '../support/verifier-places.ts';
import { type Part, VerifierRig } from '../support/verifier-rig.ts';
import { LOOK_MS } from '../support/verifier-scene.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const STALLED_MS = 20_000;
const PARTS: readonly Part[] = ['target', 'source', 'recovery', 'state', 'kafka', 'marks'];

type RigEvent =
  | { readonly kind: 'transaction'; readonly steps: readonly Step[] }
  | { readonly kind: 'damage'; readonly picks: readonly number[]; readonly how: Damage }
  | { readonly kind: 'away' | 'breaker'; readonly shard: number }
  | { readonly kind: 'fail'; readonly part: Part }
  /** What was damaged is looked at, perhaps while a part is away. */
  | { readonly kind: 'release'; readonly failing: Part | undefined }
  | { readonly kind: 'publish' | 'sink' | 'verifier' | 'hold' | 'heal' };

interface Scenario {
  readonly events: readonly (RigEvent & { readonly turns: number })[];
  readonly luck: number;
  readonly isOurCapture: boolean;
  /** One look at a time: what differs in one table waits for the looks at the others. */
  readonly concurrency: number;
  /** A short one is over before the faults are. */
  readonly delay: string;
}

function scenario(faults: boolean): fc.Arbitrary<Scenario> {
  const key = fc.constantFrom(...ROW_KEYS);
  const step: fc.Arbitrary<Step> = fc.record({
    table: fc.constantFrom(...TABLE_NAMES),
    key,
    kind: fc.constantFrom('update', 'update', 'update', 'delete', 'change-key'),
    to: key,
    moves: fc.boolean(),
    refused: fc.constant(false),
  });
  const change: fc.Arbitrary<RigEvent> = fc.record({
    kind: fc.constant('transaction' as const),
    steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  });
  const damage: fc.Arbitrary<RigEvent> = fc.record({
    kind: fc.constant('damage' as const),
    picks: fc.array(fc.nat(15), { minLength: 1, maxLength: 4 }),
    // A verifier that ends forgets which versions it waits for.
    how: fc.constantFrom<Damage>('value', 'gone', 'version', ...(faults ? [] : (['raised', 'raised'] as const))),
  });
  const plain = (...kinds: readonly ('publish' | 'hold' | 'sink' | 'verifier' | 'heal')[]) =>
    fc.record({ kind: fc.constantFrom(...kinds) });
  const shard = fc.nat(SHARDS.length - 1);
  const part = fc.constantFrom(...PARTS);
  const release: fc.Arbitrary<RigEvent> = fc.record({
    kind: fc.constant('release' as const),
    failing: faults ? fc.constantFrom(undefined, 'source', ...PARTS) : fc.constant(undefined),
  });
  const trouble: fc.Arbitrary<RigEvent> = fc.oneof(
    plain('sink', 'verifier', 'heal'),
    fc.record({ kind: fc.constantFrom('away' as const, 'breaker' as const), shard }),
    fc.record({ kind: fc.constant('fail' as const), part }),
  );
  const event = fc
    .tuple(
      fc.oneof(
        { weight: 4, arbitrary: change },
        { weight: 4, arbitrary: damage },
        { weight: 4, arbitrary: plain('publish', 'publish', 'publish', 'hold') },
        { weight: 1, arbitrary: release },
        { weight: faults ? 4 : 0, arbitrary: trouble },
      ),
      fc.nat(60),
    )
    .map(([one, turns]) => ({ ...one, turns }));
  return fc.record({
    events: fc.array(event, { minLength: 1, maxLength: 50, size: 'max' }),
    luck: fc.nat(),
    isOurCapture: fc.boolean(),
    concurrency: fc.constantFrom(1, 4),
    delay: fc.constantFrom('100ms', '1s', '2m'),
  });
}

async function play(rig: VerifierRig, damages: Damages, event: RigEvent): Promise<void> {
  switch (event.kind) {
    case 'transaction':
      return damages.apply(event.steps);
    case 'publish':
      return rig.publish();
    case 'damage':
      for (const pick of event.picks) {
        damages.damage(pick, event.how);
      }
      return;
    case 'hold':
      // What is applied from here on is not looked at before it is released, so that it can be damaged.
      rig.sinkSeenTo = Math.min(rig.sinkSeenTo, Number(rig.sinkPartition.committed?.offset ?? 0n));
      return;
    case 'release':
      rig.sinkSeenTo = Number.POSITIVE_INFINITY;
      if (event.failing !== undefined) {
        rig.failing.add(event.failing);
      }
      return;
    case 'away': {
      const shard = rig.shards[event.shard];
      if (shard !== undefined) {
        shard.isAway = !shard.isAway;
      }
      return;
    }
    case 'breaker':
      return toggle(rig.open, SHARDS[event.shard] ?? '');
    case 'fail':
      return toggle(rig.failing, event.part);
    case 'sink':
      return rig.isSinkUp ? rig.stopSink() : startSink(rig);
    case 'verifier':
      await rig.stopVerifier();
      return damages.startVerifier();
    case 'heal':
      return heal(rig);
  }
}

function toggle<Value>(values: Set<Value>, value: Value): void {
  if (!values.delete(value)) {
    values.add(value);
  }
}

/** It may wait for a shard that is away. */
async function startSink(rig: VerifierRig): Promise<void> {
  void rig.startSink();
  await passTurns(1);
}

async function heal(rig: VerifierRig): Promise<void> {
  rig.failing.clear();
  rig.open.clear();
  rig.sinkSeenTo = Number.POSITIVE_INFINITY;
  for (const shard of rig.shards) {
    shard.isAway = false;
  }
  rig.publish();
  if (!rig.isSinkUp) {
    await startSink(rig);
  }
}

async function untilDone(rig: VerifierRig): Promise<string> {
  const giveUpMs = performance.now() + STALLED_MS;
  const isDone = () =>
    (rig.partition.committed?.offset ?? -1n) >= rig.partition.end &&
    rig.store.ranges.size === 0 &&
    rig.detail.suspects === 0;
  // Rows that were thought to be superseded are looked at again within a second.
  for (let sinceMs = Number.NaN; !(isDone() && rig.clock.monotonicMs() - sinceMs > 2 * LOOK_MS); ) {
    sinceMs = isDone() && !Number.isNaN(sinceMs) ? sinceMs : rig.clock.monotonicMs();
    if (performance.now() > giveUpMs) {
      return `stalled: ${JSON.stringify({ ...rig.status, committed: String(rig.partition.committed?.offset) })}`;
    }
    await passTurns(5);
  }
  return 'done';
}

test.each([false, true])('every damage is reported, and nothing else (faults: %s)', async (faults) => {
  await fc.assert(
    fc.asyncProperty(scenario(faults), async ({ events, luck, isOurCapture, concurrency, delay }) => {
      const own = { random: buildLuck(luck), clock: new VirtualClock() };
      await using rig = new VerifierRig({ ...own, isOurCapture, verification: { concurrency, delay } });
      const damages = new Damages(rig);
      const passed: unknown[] = [];
      rig.onCommit = (offset) => passed.push(...damages.listPassed(Number(offset)));
      await rig.startSink();
      await damages.startVerifier();
      for (const { turns, ...event } of events) {
        await play(rig, damages, event);
        if (!isOurCapture) {
          rig.publish(); // nobody tells how far it is: it has to be faster than the delay
        }
        await passTurns(turns);
      }
      await heal(rig);
      expect(await untilDone(rig)).toBe('done');
      expect(rig.ends.filter((error) => error !== undefined)).toEqual([]);
      expect(passed).toEqual([]);
      const wrong = damages.listWrong();
      expect(wrong.filter((id) => !damages.isReported(id))).toEqual([]);
      expect([...rig.reported].filter((id) => !damages.wasEver(id))).toEqual([]);
      const { due, equal, superseded, mismatches, unchecked } = rig.detail.counts;
      expect(due).toBe(damages.due);
      expect(equal + superseded + mismatches + unchecked).toBe(due);
      expect(unchecked).toBe(0);
    }),
    {
      numRuns: Number(process.env['ERGATE_VERIFIER_RUNS'] ?? 100),
      ...propertySeed(),
    },
  );
});
