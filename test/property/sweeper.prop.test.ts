/**
 * Random tables, damaged at random, while the source goes on changing: a sweep tells of all rows that are wrong, and of no
 * other, however far the stream is behind, and also when the sweeper is killed again and again.
 *
 * ERGATE_SWEEPS makes it longer.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Actor } from '../../actors/runtime/actor.ts';
import { propertySeed } from '../support/property-seed.ts';
import { type Cells, PARTITIONS, SweepRig } from '../support/sweep-rig.ts';

const RUNS = Number(process.env['ERGATE_SWEEPS'] ?? 100);
const TABLES = ['accounts', 'offers', 'orders', 'parcels'] as const;
const MAX_STEPS = 200_000;

const DAMAGES = ['change', 'null', 'same change', 'swap', 'delete', 'rogue', 'wrong shard'] as const;

interface Damage {
  readonly kind: (typeof DAMAGES)[number];
  readonly table: (typeof TABLES)[number];
  readonly at: number;
  readonly many: number;
}

interface Scenario {
  readonly rows: number;
  readonly damages: readonly Damage[];
  /** Of each thousand steps: how many bring a change, a captured record, an applied one, a kill. */
  readonly pace: { readonly change: number; readonly capture: number; readonly apply: number; readonly kill: number };
  readonly changes: number;
  readonly luck: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom(...DAMAGES),
  table: fc.constantFrom(...TABLES),
  at: fc.nat(),
  many: fc.integer({ min: 2, max: 8 }),
});
const scenario: fc.Arbitrary<Scenario> = fc.record({
  rows: fc.constantFrom(0, 1, 9, 10, 11, 40, 75),
  damages: fc.array(damage, { maxLength: 12 }),
  pace: fc.record({
    change: fc.constantFrom(0, 100, 500),
    capture: fc.constantFrom(50, 500, 1_000),
    apply: fc.constantFrom(50, 500, 1_000),
    kill: fc.constantFrom(0, 0, 10, 60),
  }),
  changes: fc.nat(300),
  luck: fc.nat(),
});

/** Rows with these ids are damaged and never changed; the others change and are never damaged. */
const isDamaged = (id: number) => id % 4 === 0;

function aRow(table: string, id: number, a: number): Cells {
  const common = { id: String(id), a: String(a) };
  switch (table) {
    case 'orders':
      return { ...common, s: String(a % 5), secret: '1' };
    case 'offers':
      return { ...common, s: String(a % 3), t: String(a % 2) };
    case 'parcels':
      return { id: String(id), po: String(a % 7) };
    default:
      return { ...common, mail: `m${(id * 7_919) % 100_003}` };
  }
}

function fill(rig: SweepRig, rows: number): void {
  for (let po = 0; po < 7; po += 1) {
    rig.sellers.answers.set(String(po), [String(po % 3)]);
    rig.labels.answers.set(String(po), [`label ${po}`]);
  }
  for (const table of TABLES) {
    for (let index = 1; index <= rows; index += 1) {
      rig.put(table, aRow(table, index * 2, index * 3));
    }
  }
}

function harm(rig: SweepRig, { kind, table, at, many }: Damage): void {
  const shard = at % 2;
  const key = table === 'accounts' ? 'mail' : 'id';
  const rows = (rig.shards[shard]?.rowsOf(table) ?? []).filter(({ id }) => isDamaged(Number(id)));
  const column = table === 'parcels' ? 'label' : 'a';
  const chosen = Array.from(
    { length: Math.min(many, rows.length) },
    (_, index) => rows[(at + index) % rows.length] as Cells,
  );
  const write = (row: Cells, cells: Cells) => rig.shards[shard]?.put(table, { ...row, ...cells });
  switch (kind) {
    case 'rogue': {
      const id = [-8, 4 * (1 + (at % 40)), 4 * 1_000 + (at % 64) * 4][many % 3] as number;
      if (rig.source.find(table, { id: String(id) }) === undefined) {
        rig.putAt(shard, table, aRow(table, id, at % 50));
      }
      return;
    }
    case 'swap': {
      const [left, right] = chosen;
      if (left !== undefined && right !== undefined) {
        write(left, { [column]: right[column] ?? null });
        write(right, { [column]: left[column] ?? null });
      }
      return;
    }
    case 'same change':
      for (const row of chosen) {
        write(row, { [column]: column === 'a' ? '777' : 'other' });
      }
      return;
    default: {
      const [row] = chosen;
      if (row === undefined) {
        return;
      }
      if (kind === 'delete') {
        rig.shards[shard]?.remove(table, { [key]: row[key] ?? null });
      } else if (kind === 'wrong shard') {
        rig.shards[1 - shard]?.put(table, row);
      } else {
        write(row, { [column]: kind === 'null' ? null : column === 'a' ? String(at % 1_000) : `was ${at}` });
      }
    }
  }
}

/** The course of things around the sweeper, a step at each of its calls. */
class Course {
  readonly #rig: SweepRig;
  readonly #pace: Scenario['pace'];
  #state: number;
  #changes: number;
  #steps = 0;
  kill: () => void = () => {};

  constructor(rig: SweepRig, { pace, changes, luck }: Scenario) {
    this.#rig = rig;
    this.#pace = pace;
    this.#changes = changes;
    this.#state = (luck % 2_147_483_646) + 1;
  }

  step(): void {
    this.#steps += 1;
    if (this.#steps > MAX_STEPS) {
      throw new Error('the sweep does not end');
    }
    const { change, capture, apply, kill } = this.#pace;
    if (this.#changes > 0 && this.#draw(1_000) < change) {
      this.#changes -= 1;
      this.#changeOne();
    }
    if (this.#draw(1_000) < capture) {
      this.#rig.captureOne();
    }
    if (this.#draw(1_000) < apply) {
      this.#rig.applyOne(this.#draw(PARTITIONS));
    }
    if (this.#draw(1_000) < kill) {
      this.kill();
    }
  }

  #changeOne(): void {
    const table = TABLES[this.#draw(TABLES.length)] as string;
    const id = this.#draw(90) * 2;
    if (isDamaged(id)) {
      return;
    }
    const before = this.#rig.source.find(table, { id: String(id) });
    const after = this.#draw(4) === 0 ? undefined : aRow(table, id, this.#draw(500));
    if (before !== undefined || after !== undefined) {
      this.#rig.change(table, before, after);
    }
  }

  #draw(below: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return this.#state % below;
  }
}

async function sweep(given: Scenario): Promise<SweepRig> {
  const rig = new SweepRig({ chunkRows: 10 });
  fill(rig, given.rows);
  for (const one of given.damages) {
    harm(rig, one);
  }
  const run = await rig.store.order({
    pipeline: 'order-seller',
    origin: 'order',
    scope: { tables: TABLES },
    by: 'test',
  });
  const course = new Course(rig, given);
  rig.onStep = () => course.step();
  for (let kills = 0; (await rig.store.find(run))?.endedMs === null; kills += 1) {
    let isKilled = false;
    course.kill = () => {
      isKilled = kills < 20;
    };
    await runUntil(rig.openSweeper(), async () => isKilled || (await rig.store.find(run))?.endedMs !== null);
  }
  rig.settle();
  return rig;
}

async function runUntil(actor: Actor, isDone: () => Promise<boolean>): Promise<void> {
  await actor.start();
  while (!(await isDone()) && actor.status().state !== 'failed') {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(actor.status()).not.toMatchObject({ state: 'failed' });
  await actor.stop();
}

test('a sweep finds the rows that are wrong, and no other, whatever goes on meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const rig = await sweep(given);
      expect(rig.found).toEqual(rig.listWrong(TABLES));
    }),
    { numRuns: RUNS, ...propertySeed() },
  );
});
