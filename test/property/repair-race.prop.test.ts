/**
 * Repairs against the sink that writes meanwhile, in every order of their steps (test/support/race). A row that was repaired
 * is never left older than its source, and does not show an older state in between. Each part of the protocol is needed, and
 * the ways of other tools lose updates: left away, or done their way, and the same search finds what is lost.
 *
 * `ERGATE_RACES=all` also tries two repairs with a crash, of every damage and in the longest history: some minutes.
 */
import { describe, expect, test } from 'vitest';
import { type Explored, explore } from '../support/race/explore.ts';
import { HISTORIES, listDamages, SECONDS } from '../support/race/race-histories.ts';
import type { Protocol, RaceOptions } from '../support/race/race-model.ts';
import { OUR_PROTOCOL, WEAKENED } from '../support/race/repair-protocol.ts';
import { UNSAFE_PROTOCOLS } from '../support/race/unsafe-protocols.ts';

const IS_LONG = process.env['ERGATE_RACES'] === 'all';
const MODES = ['strict', 'article'] as const;

function exploreAll(more: Pick<RaceOptions, 'protocol' | 'mode' | 'repairs' | 'crashes'>, isDamaged: boolean) {
  const isLarge = more.repairs + more.crashes > 1;
  const seconds = more.mode === 'strict' ? SECONDS.slice(0, 1) : SECONDS.slice(IS_LONG ? 0 : 1);
  const longest = isLarge ? (isDamaged ? 3 : 4) : 5;
  return HISTORIES.filter(({ values }) => IS_LONG || values.length <= longest).flatMap(({ values }) =>
    seconds.flatMap(({ secondOf }) =>
      (isDamaged ? listDamages(more.mode) : [undefined]).map((damaged) =>
        explore({ ...more, values, secondOf, damaged }),
      ),
    ),
  );
}

const sumOf = (explored: readonly Explored[], countOf: (one: Explored) => number) =>
  explored.reduce((sum, one) => sum + countOf(one), 0);

describe.each(MODES)('a repair through the owner of the row (%s mode)', (mode) => {
  test.each([
    { repairs: 1, crashes: 0, isDamaged: true },
    { repairs: 2, crashes: 0, isDamaged: IS_LONG },
    { repairs: 1, crashes: 1, isDamaged: false },
    { repairs: 1, crashes: 1, isDamaged: true },
    ...(IS_LONG ? [{ repairs: 2, crashes: 1, isDamaged: true }] : []),
  ])(
    'loses no update and shows no older state ($repairs repairs, $crashes crashes, damaged: $isDamaged)',
    { timeout: 600_000 },
    ({ repairs, crashes, isDamaged }) => {
      const explored = exploreAll({ protocol: OUR_PROTOCOL, mode, repairs, crashes }, isDamaged);
      expect(sumOf(explored, ({ lost }) => lost)).toBe(0);
      expect(sumOf(explored, ({ regressed }) => regressed.yes)).toBe(0);
      // Else the search has shown nothing.
      const outcomes = new Set(explored.flatMap((one) => [...one.outcomes]));
      expect([...outcomes]).toEqual(expect.arrayContaining(['written', 'equal', 'moving']));
    },
  );
});

describe.each(MODES)('the search finds an update that is lost (%s mode)', (mode) => {
  test.each<Protocol>([...WEAKENED, ...UNSAFE_PROTOCOLS])('$name', (protocol) => {
    const explored = exploreAll({ protocol, mode, repairs: 1, crashes: 0 }, false);
    expect(sumOf(explored, ({ lost }) => lost)).toBeGreaterThan(0);
  });
});
