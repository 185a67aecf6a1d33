/**
 * Repairs and forced syncs against the sink that writes meanwhile, in every order of their steps (test/support/race). A row
 * that was repaired is never left older than its source, and does not show an older state in between. Each part of the
 * protocol is needed, and the ways of other tools lose updates: left away, or done their way, and the same search finds what
 * is lost.
 *
 * `ERGATE_RACES=all` also tries two of them with a crash, of every damage and in the longest history: some minutes.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { type Explored, explore } from '../support/race/explore.ts';
import type { GuardMode } from '../support/race/guarded-row.ts';
import { HISTORIES, listDamages, listTimedDamages, SECONDS } from '../support/race/race-histories.ts';
import type { Protocol, RaceOptions, RepairMode } from '../support/race/race-model.ts';
import { OUR_PROTOCOL, WEAKENED } from '../support/race/repair-protocol.ts';
import { stampValues } from '../support/race/timed-value.ts';
import { UNSAFE_PROTOCOLS } from '../support/race/unsafe-protocols.ts';

const IS_LONG = process.env['ERGATE_RACES'] === 'all';
const MODES = ['strict', 'article'] as const;

interface Scene {
  readonly repairs: readonly RepairMode[];
  readonly crashes: number;
  readonly isDamaged: boolean;
  /** Rows keep the time of their last change, and a forced sync goes by it. */
  readonly isTimed: boolean;
}

const ONE = { repairs: ['repair'], crashes: 0, isDamaged: false, isTimed: false } as const satisfies Scene;

const tried = { orders: 0, worlds: 0 };

afterAll(() => {
  process.stdout.write(`repair races: ${tried.orders.toLocaleString('en')} orders, ${tried.worlds} worlds\n`);
});

function exploreAll(protocol: Protocol, mode: GuardMode, scene: Scene): readonly Explored[] {
  const { repairs, crashes, isDamaged, isTimed } = scene;
  const isLarge = repairs.length + crashes > 1;
  const isTied = mode === 'article' || isTimed;
  const seconds = IS_LONG && isTied ? SECONDS : [SECONDS[isTied ? 1 : 0]!];
  const longest = isLarge ? (isDamaged ? 3 : 4) : 5;
  const damages = isDamaged ? (isTimed ? listTimedDamages : listDamages)(mode) : [undefined];
  const explored = HISTORIES.filter(({ values }) => IS_LONG || values.length <= longest).flatMap(({ values }) =>
    seconds.flatMap(({ secondOf }) =>
      damages.map((damaged) => {
        const own = { values: isTimed ? stampValues(values, secondOf) : values, secondOf, damaged };
        return explore({ protocol, mode, repairs, crashes, ...own } satisfies RaceOptions);
      }),
    ),
  );
  tell(`${protocol.name}, ${mode}, ${nameOf(scene)}`, explored);
  return explored;
}

function tell(name: string, explored: readonly Explored[]): void {
  const orders = sumOf(explored, (one) => one.orders);
  const worlds = sumOf(explored, (one) => one.worlds);
  tried.orders += orders;
  tried.worlds += worlds;
  if (IS_LONG) {
    const [ends, lost] = [sumOf(explored, (one) => one.ends), sumOf(explored, (one) => one.lost)];
    process.stdout.write(
      `${name}: ${orders.toLocaleString('en')} orders, ${worlds} worlds, ${lost} of ${ends} ends lost\n`,
    );
  }
}

function nameOf({ repairs, crashes, isDamaged, isTimed }: Scene): string {
  const more = [isDamaged ? 'damaged' : '', isTimed ? 'timed' : ''].filter((word) => word !== '');
  return [repairs.join(' + '), `${crashes} crashes`, ...more].join(', ');
}

const sumOf = (explored: readonly Explored[], countOf: (one: Explored) => number) =>
  explored.reduce((sum, one) => sum + countOf(one), 0);

const SCENES: readonly Scene[] = [
  { ...ONE, isDamaged: true },
  { ...ONE, repairs: ['repair', 'repair'] },
  { ...ONE, repairs: ['repair', 'repair'], isDamaged: true },
  { ...ONE, crashes: 1 },
  { ...ONE, crashes: 1, isDamaged: true },
  { ...ONE, repairs: ['forceSync'], isDamaged: true, isTimed: true },
  { ...ONE, repairs: ['forceSync'], crashes: 1, isDamaged: true, isTimed: true },
  { ...ONE, repairs: ['repair', 'forceSync'], isTimed: true },
  { ...ONE, repairs: ['forceSync', 'forceSync'], isTimed: true },
  { ...ONE, repairs: ['repair', 'forceSync'], isDamaged: true, isTimed: true },
];

const LONG_SCENES: readonly Scene[] = [
  { ...ONE, repairs: ['forceSync'], isDamaged: true },
  { ...ONE, repairs: ['repair', 'repair'], crashes: 1, isDamaged: true },
  { ...ONE, repairs: ['repair', 'forceSync'], crashes: 1, isDamaged: true, isTimed: true },
];

describe.each(MODES)('a repair through the owner of the row (%s mode)', (mode) => {
  test.each([...SCENES, ...(IS_LONG ? LONG_SCENES : [])].map((scene) => ({ name: nameOf(scene), scene })))(
    'loses no update and shows no older state ($name)',
    { timeout: 1_200_000 },
    ({ scene }) => {
      const explored = exploreAll(OUR_PROTOCOL, mode, scene);
      expect(sumOf(explored, ({ lost }) => lost)).toBe(0);
      expect(sumOf(explored, ({ regressed }) => regressed.yes)).toBe(0);
      // Else the search has shown nothing.
      const outcomes = new Set(explored.flatMap((one) => [...one.outcomes]));
      const isLeft = scene.isTimed && scene.repairs.includes('forceSync');
      expect([...outcomes]).toEqual(
        expect.arrayContaining(['written', 'equal', 'moving', ...(isLeft ? ['left'] : [])]),
      );
      const writers = explored.flatMap(({ race }) => [...race.statements.values()].map(({ change }) => change.writer));
      expect(writers.includes('forced')).toBe(scene.repairs.includes('forceSync'));
    },
  );
});

describe.each(MODES)('the search finds an update that is lost (%s mode)', (mode) => {
  test.each(
    WEAKENED.flatMap((protocol) =>
      (['repair', 'forceSync'] as const).map((way) => ({ name: protocol.name, protocol, way })),
    ),
  )('$way $name', ({ protocol, way }) => {
    const explored = exploreAll(protocol, mode, { ...ONE, repairs: [way] });
    expect(sumOf(explored, ({ lost }) => lost)).toBeGreaterThan(0);
  });

  test.each(UNSAFE_PROTOCOLS)('$name', (protocol) => {
    const explored = exploreAll(protocol, mode, ONE);
    expect(sumOf(explored, ({ lost }) => lost)).toBeGreaterThan(0);
    // The sink's guard had something to go by throughout: what is lost was not let through for want of a version.
    expect(sumOf(explored, ({ unguarded }) => unguarded)).toBe(0);
    const kept = explored.filter(({ race }) => !race.options.values.includes(null));
    expect(kept.length).toBeGreaterThan(0);
    if (mode === 'strict') {
      expect(sumOf(kept, ({ lost }) => lost) > 0).toBe(!protocol.needsDelete);
    }
  });
});
