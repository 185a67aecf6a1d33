/** Random dates and times of all ranges, as a server shows them. */
import type { SeededRandom } from '../../deploy/banana/seeded-random.ts';

const two = (value: number) => String(value).padStart(2, '0');
const fractionOf = (random: SeededRandom, digits: number) =>
  digits === 0 ? '' : `.${String(random.below(10 ** digits)).padStart(digits, '0')}`;

/** One in eight is no day of a calendar, but a value all the same. */
export function randomDate(random: SeededRandom): string {
  const year = String(1 + random.below(9999)).padStart(4, '0');
  const month = two(1 + random.below(12));
  if (random.chance(1 / 8)) {
    return random.pick(['0000-00-00', `${year}-00-00`, `${year}-${month}-00`, `${year}-00-31`, '9999-12-31']);
  }
  return `${year}-${month}-${two(1 + random.below(28))}`;
}

export function randomDatetime(random: SeededRandom, digits: number): string {
  const time = `${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}`;
  return `${randomDate(random)} ${time}${fractionOf(random, digits)}`;
}

/** Within the 31 bits of its seconds, in UTC; every one in sixteen lies within an hour of a change of clocks. */
export function randomTimestamp(random: SeededRandom, digits: number): string {
  const changeOfClocks = random.pick([1_711_846_800, 1_729_990_800, 1_710_054_000, 1_730_610_000]);
  const second = random.chance(1 / 16) ? changeOfClocks - 3600 + random.below(7200) : 1 + random.below(2 ** 31 - 1);
  return `${new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ')}${fractionOf(random, digits)}`;
}

export function randomTime(random: SeededRandom, digits: number): string {
  const hours = random.pick([random.below(24), random.below(839), 0]);
  // MySQL ends at 838:59:59 without a fraction.
  const seconds = hours === 838 ? random.below(59) : random.below(60);
  const time = `${two(hours)}:${two(random.below(60))}:${two(seconds)}${fractionOf(random, digits)}`;
  return random.chance(0.5) && /[1-9]/.test(time) ? `-${time}` : time;
}

export const randomYear = (random: SeededRandom) => (random.chance(1 / 16) ? '0000' : String(1901 + random.below(255)));
