/**
 * Ways to repair a row that lose updates: tools have used each of them. None holds the lane. Each gives the row the version
 * that it stands for, so that what is lost is lost by its race with the sink and not for want of a guard.
 */
import type { TargetRow } from './guarded-row.ts';
import { end, go, type Protocol, type Race, type Step, type World } from './race-model.ts';

type Version = Pick<TargetRow, 'time' | 'seq'>;

const readSource: Step = (world, index, race) => [go(world, index, { source: race.valueAt(world.shown) })];

const readTarget: Step = (world, index) => [go(world, index, { seen: world.row })];

const noteNow: Step = (world, index) => [go(world, index, { read: { offset: world.logged, position: undefined } })];

const noteShown: Step = (world, index) => [go(world, index, { read: { offset: world.shown, position: undefined } })];

/** The row keeps its version; one that is not there gets that of what the sink has come to. */
const writeBlind: Step = (world, index, race) => [put(world, index, race, world.row ?? race.versionOf(world.applied))];

/** Where the row is not newer than the repair says of itself; without a trace of deleted rows. */
const writeGuarded: Step = (world, index, race) => {
  const version = race.versionOf(world.repairs[index]?.read?.offset ?? 0);
  const isNewer = world.row !== null && orderOf(world.row, race) > orderOf(version, race);
  return [isNewer ? end(world, index, 'written') : put(world, index, race, version)];
};

/** Where the row is of the version that was seen. */
const writeAsSeen: Step = (world, index, race) => {
  const { seen = null } = world.repairs[index] ?? {};
  const isSame =
    seen === null || world.row === null ? seen === world.row : orderOf(seen, race) === orderOf(world.row, race);
  return [isSame ? put(world, index, race, seen ?? race.versionOf(0)) : end(world, index, 'written')];
};

interface UnsafeProtocol extends Protocol {
  /**
   * By versions it loses nothing unless the row was deleted at some time. That cannot be said of the version that was seen:
   * the stream, and so the target, may be ahead of what the source shows.
   */
  readonly needsDelete: boolean;
}

export const UNSAFE_PROTOCOLS: readonly UnsafeProtocol[] = [
  { name: 'blind', steps: [readSource, writeBlind], needsDelete: false },
  {
    name: 'by the clock, read after the source',
    steps: [readSource, noteNow, writeGuarded],
    needsDelete: false,
  },
  {
    name: 'by a source position taken before the read, without tombstones',
    steps: [noteShown, readSource, writeGuarded],
    needsDelete: true,
  },
  {
    name: 'by the version that was seen, without tombstones',
    steps: [readTarget, readSource, writeAsSeen],
    needsDelete: false,
  },
];

/** By what guards it. */
function orderOf({ time, seq }: Version, { options: { mode } }: Race): bigint | string {
  return mode === 'strict' ? BigInt(seq ?? 0) : (time ?? '');
}

function put(world: World, index: number, race: Race, { time, seq }: Version): World {
  const v = world.repairs[index]?.source ?? null;
  return end(race.show(world, v === null ? null : { v, writer: '2', time, seq }), index, 'written');
}
