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
import { ROW_KEYS, RowHistory, type RowStep } from '../support/row-history.ts';
import { anId, type Part, SHARDS, VerifierRig } from '../support/verifier-rig.ts';
import { LOOK_MS } from '../support/verifier-scene.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const STALLED_MS = 20_000;
const PARTS: readonly Part[] = ['target', 'source', 'recovery', 'state', 'kafka', 'marks'];

/** version: from behind the end of the log · raised: of the change of another row, or from behind the end */
type Damage = 'value' | 'gone' | 'version' | 'raised';
type RigEvent =
  | { readonly kind: 'transaction'; readonly steps: readonly RowStep[] }
  | { readonly kind: 'damage'; readonly pick: number; readonly how: Damage }
  | { readonly kind: 'away'; readonly shard: number }
  | { readonly kind: 'fail'; readonly part: Part }
  | { readonly kind: 'publish' | 'sink' | 'verifier' | 'hold' | 'release' };

interface Scenario {
  readonly events: readonly (RigEvent & { readonly turns: number })[];
  readonly luck: number;
  readonly isOurCapture: boolean;
}

function scenario(faults: boolean): fc.Arbitrary<Scenario> {
  const key = fc.constantFrom(...ROW_KEYS);
  const step: fc.Arbitrary<RowStep> = fc.record({
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
    pick: fc.nat(7),
    // A verifier that ends forgets which versions it waits for.
    how: fc.constantFrom<Damage>('value', 'gone', 'version', ...(faults ? [] : (['raised', 'raised'] as const))),
  });
  const plain = (...kinds: readonly ('publish' | 'hold' | 'release' | 'sink' | 'verifier')[]) =>
    fc.record({ kind: fc.constantFrom(...kinds) });
  const shard = fc.nat(SHARDS.length - 1);
  const trouble: fc.Arbitrary<RigEvent> = fc.oneof(
    plain('sink', 'verifier'),
    fc.record({ kind: fc.constant('away' as const), shard }),
    fc.record({ kind: fc.constant('fail' as const), part: fc.constantFrom(...PARTS) }),
  );
  const event = fc
    .tuple(
      fc.oneof(
        { weight: 4, arbitrary: change },
        { weight: 4, arbitrary: damage },
        { weight: 5, arbitrary: plain('publish', 'publish', 'publish', 'hold', 'release') },
        { weight: faults ? 4 : 0, arbitrary: trouble },
      ),
      fc.nat(60),
    )
    .map(([one, turns]) => ({ ...one, turns }));
  return fc.record({
    events: fc.array(event, { minLength: 1, maxLength: 50, size: 'max' }),
    luck: fc.nat(),
    isOurCapture: fc.boolean(),
  });
}

/** What the model knows of the rows of the target. */
class Damages {
  readonly #rig: VerifierRig;
  readonly #history = new RowHistory();
  /** Offset of the newest change of each row on each shard. */
  readonly #newest = new Map<string, number>();
  /** Rows that each transaction changes. */
  readonly #changes: number[] = [];
  #verifiedFrom = 0;
  /** Rows that were damaged at any time. */
  readonly ever = new Set<string>();
  /** Rows that are passed first, and looked at when their version was. */
  readonly #raised = new Set<string>();
  #values = 0;

  constructor(rig: VerifierRig) {
    this.#rig = rig;
  }

  apply(steps: readonly RowStep[]): void {
    const payloads = steps.map((step) => this.#history.apply(step));
    const offset = this.#rig.commit(...payloads);
    const ids = new Set<string>();
    for (const image of payloads.flatMap(({ old, new: after }) => [old, after])) {
      const { id, seller } = (image ?? {}) as { id?: number; seller?: number };
      if (id !== undefined && seller !== undefined) {
        this.#newest.set(anId(seller, String(id)), offset);
        ids.add(anId(seller, String(id)));
      }
    }
    this.#changes.push(ids.size);
  }

  /** Changes that the newest verifier had to read: those in front of it may be in ranges that others have left. */
  get due(): number {
    return this.#changes.slice(this.#verifiedFrom).reduce((sum, rows) => sum + rows, 0);
  }

  startVerifier(): Promise<void> {
    this.#verifiedFrom = Number(this.#rig.partition.committed?.offset ?? 0n);
    return this.#rig.startVerifier();
  }

  /** One of the rows whose newest change is applied, and not looked at yet: else nobody has to see it. */
  damage(pick: number, how: Damage): void {
    const open = [...this.#newest].filter(([, newest]) => newest < this.#applied && newest >= this.#rig.sinkSeenTo);
    const [id = ''] = open[pick % open.length] ?? [];
    const [shard = '', key = ''] = id.split('/');
    const rows = this.#rig.shards[SHARDS.indexOf(shard)]?.rows;
    const known = rows?.get(key);
    if (rows === undefined) {
      return;
    }
    this.#values += 1;
    if (known !== undefined && how === 'gone') {
      rows.delete(key);
    } else {
      // A row that is not there comes back as it never was.
      const { cells, seq } = known ?? { cells: { id: key, seller: shard.slice(1) }, seq: 0n };
      const raise = { version: 1_000n, raised: 1n + BigInt(pick), value: 0n, gone: 0n }[how];
      rows.set(key, { cells: { ...cells, v: `x${this.#values}` }, seq: seq + raise });
    }
    if (how === 'raised') {
      this.#raised.add(id);
    }
    this.ever.add(id);
  }

  get #applied(): number {
    return Number(this.#rig.sinkPartition.committed?.offset ?? 0n);
  }

  /** Rows that are not as the newest change of the source says. */
  listWrong(): readonly string[] {
    return this.#rig.shards.flatMap(({ rows }, shard) =>
      ROW_KEYS.filter((key) => rows.get(key)?.cells['v'] !== this.#history.expectedOn(shard, key)).map((key) =>
        anId(shard, key),
      ),
    );
  }

  /** Damaged rows whose newest change lies below the offset, although nobody has been told of them. */
  listPassed(offset: number): readonly string[] {
    const { reported, store } = this.#rig;
    return this.listWrong().filter((id) => {
      const newest = this.#newest.get(id) ?? Number.POSITIVE_INFINITY;
      const isNoted = [...store.ranges.values()].some(
        ({ shard, from, to }) => (shard === '*' || id.startsWith(shard)) && from <= newest && newest <= to,
      );
      return this.ever.has(id) && !this.#raised.has(id) && newest < offset && !reported.has(id) && !isNoted;
    });
  }
}

async function play(rig: VerifierRig, damages: Damages, event: RigEvent): Promise<void> {
  switch (event.kind) {
    case 'transaction':
      return damages.apply(event.steps);
    case 'publish':
      return rig.publish();
    case 'damage':
      return damages.damage(event.pick, event.how);
    case 'hold':
      // What is applied from here on is not looked at before the end, so that it can be damaged.
      rig.sinkSeenTo = Math.min(rig.sinkSeenTo, Number(rig.sinkPartition.committed?.offset ?? 0n));
      return;
    case 'release':
      rig.sinkSeenTo = Number.POSITIVE_INFINITY;
      return;
    case 'away': {
      const shard = rig.shards[event.shard];
      if (shard !== undefined) {
        shard.isAway = !shard.isAway;
      }
      return;
    }
    case 'fail':
      if (!rig.failing.delete(event.part)) {
        rig.failing.add(event.part);
      }
      return;
    case 'sink':
      return rig.isSinkUp ? rig.stopSink() : startSink(rig);
    case 'verifier':
      await rig.stopVerifier();
      return damages.startVerifier();
  }
}

/** It may wait for a shard that is away. */
async function startSink(rig: VerifierRig): Promise<void> {
  void rig.startSink();
  await passTurns(1);
}

function heal(rig: VerifierRig): void {
  rig.failing.clear();
  rig.sinkSeenTo = Number.POSITIVE_INFINITY;
  for (const shard of rig.shards) {
    shard.isAway = false;
  }
  rig.publish();
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
    fc.asyncProperty(scenario(faults), async ({ events, luck, isOurCapture }) => {
      await using rig = new VerifierRig({ random: buildLuck(luck), clock: new VirtualClock(), isOurCapture });
      const damages = new Damages(rig);
      const passed: unknown[] = [];
      rig.onCommit = (offset) => passed.push(...damages.listPassed(Number(offset)));
      await rig.startSink();
      await damages.startVerifier();
      for (const { turns, ...event } of events) {
        await play(rig, damages, event);
        await passTurns(turns);
      }
      heal(rig);
      if (!rig.isSinkUp) {
        await startSink(rig);
      }
      expect(await untilDone(rig)).toBe('done');
      expect(rig.ends.filter((error) => error !== undefined)).toEqual([]);
      expect(passed).toEqual([]);
      const wrong = damages.listWrong();
      expect(wrong.filter((id) => !rig.reported.has(id))).toEqual([]);
      expect([...rig.reported].filter((id) => !damages.ever.has(id))).toEqual([]);
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
