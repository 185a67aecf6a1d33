import { Race, type RaceOptions, type World } from './race-model.ts';

export interface Explored {
  readonly race: Race;
  readonly worlds: number;
  /** Different orders of all steps, from the start to where nothing is left to do. */
  readonly orders: number;
  readonly ends: number;
  /** Ends in which the target is not what the source is, and would have been without the repair. */
  readonly lost: number;
  /** Ends in which it has shown an older state after a newer one; raced: because of a change that came while it was read. */
  readonly regressed: { readonly yes: number; readonly raced: number };
  /** Worlds in which the row has nothing that guards it. */
  readonly unguarded: number;
  readonly outcomes: ReadonlySet<string>;
}

/** Every order of every step. Worlds that are alike are looked at once. */
export function explore(options: RaceOptions): Explored {
  return new Search(options).run();
}

class Search {
  readonly #race: Race;
  readonly #isHealed: boolean;
  /** By world: the orders in which it can go on. */
  readonly #orders = new Map<string, number>();
  readonly #outcomes = new Set<string>();
  readonly #counts = { ends: 0, lost: 0, unguarded: 0, regressed: { yes: 0, raced: 0 } };

  constructor(options: RaceOptions) {
    this.#race = new Race(options);
    this.#isHealed = endsWithout(options);
  }

  run(): Explored {
    const orders = this.#follow(this.#race.start());
    return { race: this.#race, worlds: this.#orders.size, orders, outcomes: this.#outcomes, ...this.#counts };
  }

  #follow(world: World): number {
    const id = identify(world);
    const known = this.#orders.get(id);
    if (known !== undefined) {
      return known;
    }
    this.#judge(world);
    const next = this.#race.next(world);
    const orders = next.length === 0 ? 1 : next.reduce((sum, one) => sum + this.#follow(one), 0);
    this.#orders.set(id, orders);
    return orders;
  }

  #judge(world: World): void {
    const { row, regressed, repairs } = world;
    const counts = this.#counts;
    const guard = this.#race.options.mode === 'strict' ? row?.seq : row?.time;
    counts.unguarded += guard === null ? 1 : 0;
    if (!this.#race.isOver(world)) {
      return;
    }
    counts.ends += 1;
    counts.lost += isLost(this.#race, world, this.#isHealed) ? 1 : 0;
    if (regressed !== 'never') {
      counts.regressed[regressed] += 1;
    }
    for (const { outcome } of repairs) {
      this.#outcomes.add(String(outcome));
    }
  }
}

/** As JSON would, in half the time. */
function identify({ row, memory, repairs, ...rest }: World): string {
  const ofRow = (one: World['row']) => (one === null ? '-' : `${one.v},${one.writer},${one.time},${one.seq}`);
  const ofRead = (read: World['memory']) => (read === null ? '-' : `${read.offset},${read.position?.position}`);
  const ofRepairs = repairs.map(
    ({ read, seen, ...one }) => `${Object.values(one).join()},${ofRead(read)},${ofRow(seen)}`,
  );
  return `${Object.values(rest).join()};${ofRow(row)};${ofRead(memory)};${ofRepairs.join(';')}`;
}

/** Whether a damaged row is right in the end when nobody repairs it. */
function endsWithout(options: RaceOptions): boolean {
  const race = new Race({ ...options, repairs: [], crashes: 0 });
  let world = race.start();
  for (let next = race.next(world); next[0] !== undefined; next = race.next(world)) {
    world = next[0];
  }
  return (world.row?.v ?? null) === race.valueAt(race.changes);
}

export function isLost(race: Race, { row, repairs }: World, isHealed: boolean): boolean {
  const isRepaired = repairs.some(({ outcome }) => outcome === 'written' || outcome === 'equal');
  return (row?.v ?? null) !== race.valueAt(race.changes) && (isRepaired || isHealed);
}
