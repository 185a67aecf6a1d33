import { Race, type RaceOptions, type World } from './race-model.ts';

export interface Explored {
  readonly race: Race;
  readonly worlds: number;
  readonly ends: number;
  /** Ends in which the target is not what the source is, and would have been without the repair. */
  readonly lost: number;
  /** Ends in which it has shown an older state after a newer one; raced: because of a change that came while it was read. */
  readonly regressed: { readonly yes: number; readonly raced: number };
  readonly outcomes: ReadonlySet<string>;
}

/** Every order of every step. Worlds that are alike are looked at once. */
export function explore(options: RaceOptions): Explored {
  const race = new Race(options);
  const isHealed = endsWithout(options);
  const seen = new Set<string>();
  const left: World[] = [race.start()];
  const outcomes = new Set<string>();
  let ends = 0;
  let lost = 0;
  const regressed = { yes: 0, raced: 0 };
  for (let world = left.pop(); world !== undefined; world = left.pop()) {
    const id = identify(world);
    if (seen.has(id)) {
      continue;
    }
    seen.add(id);
    if (race.isOver(world)) {
      ends += 1;
      lost += isLost(race, world, isHealed) ? 1 : 0;
      if (world.regressed !== 'never') {
        regressed[world.regressed] += 1;
      }
      for (const { outcome } of world.repairs) {
        outcomes.add(String(outcome));
      }
    }
    left.push(...race.next(world));
  }
  return { race, worlds: seen.size, ends, lost, regressed, outcomes };
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
  const race = new Race({ ...options, repairs: 0, crashes: 0 });
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
