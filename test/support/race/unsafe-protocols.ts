/** Ways to repair a row that lose updates: tools have used each of them. None holds the lane. */
import { end, go, type Protocol, type Race, type Step, type World } from './race-model.ts';

const readSource: Step = (world, index, race) => [go(world, index, { source: race.valueAt(world.shown) })];

const readTarget: Step = (world, index) => [go(world, index, { seen: world.row })];

const noteNow: Step = (world, index, race) => [go(world, index, { newestTime: race.timeOf(world.logged) })];

const noteShown: Step = (world, index, race) => [go(world, index, { newestTime: race.timeOf(world.shown) })];

const writeBlind: Step = (world, index, race) => [put(world, index, { race, time: world.row?.time ?? null })];

/** Where the row is not newer than the repair says of itself; without a trace of deleted rows. */
const writeGuarded: Step = (world, index, race) => {
  const time = world.repairs[index]?.newestTime ?? '';
  const isNewer = (world.row?.time ?? '') > time;
  return [isNewer ? end(world, index, 'written') : put(world, index, { race, time })];
};

/** Where the row is of the version that was seen. */
const writeAsSeen: Step = (world, index, race) => {
  const { seen } = world.repairs[index] ?? {};
  const isSame = seen?.time === world.row?.time;
  return [isSame ? put(world, index, { race, time: seen?.time ?? race.timeOf(0) }) : end(world, index, 'written')];
};

export const UNSAFE_PROTOCOLS: readonly Protocol[] = [
  { name: 'blind', steps: [readSource, writeBlind] },
  { name: 'by the clock, read after the source', steps: [readSource, noteNow, writeGuarded] },
  {
    name: 'by a source position taken before the read, without tombstones',
    steps: [noteShown, readSource, writeGuarded],
  },
  { name: 'by the version that was seen, without tombstones', steps: [readTarget, readSource, writeAsSeen] },
];

function put(
  world: World,
  index: number,
  { race, time }: { readonly race: Race; readonly time: string | null },
): World {
  const v = world.repairs[index]?.source ?? null;
  return end(race.show(world, v === null ? null : { v, writer: '2', time, seq: null }), index, 'written');
}
