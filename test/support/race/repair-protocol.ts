/** The protocol of the sink (actors/sink/repair-round.ts) step by step, and what would become of it without one of its parts. */

import type { RowVerdict } from '../../../actors/row/row-witness.ts';
import { planRepair } from '../../../actors/sink/plan-repair.ts';
import type { RepairAnswer } from '../../../protocol/message/recovery-message.ts';
import type { TargetRow } from './guarded-row.ts';
import { end, go, type Protocol, type Race, type Repair, type Step } from './race-model.ts';
import { imageOf, MODIFIED_COLUMN } from './timed-value.ts';

const NOTHING: ReadonlySet<string> = new Set();
const MARKER = { writer: 'ergate_yn', commitTime: 'rpc_time', version: 'ergate_seq' };

const hold: Step = (world, index) =>
  world.repairs.some(({ holds }) => holds) ? [] : [go(world, index, { holds: true })];
const holdNothing: Step = (world, index) => [go(world, index, {})];

/** The sink knows the end of the partition of now, or of some time ago; and of what it took last the commit time. */
const readLog: Step = (world, index, race) =>
  [...new Set([world.applied, world.published])].flatMap((newest) =>
    (world.crashed ? [null, race.timeOf(newest)] : [race.timeOf(newest)]).map((newestTime) =>
      go(world, index, {
        newestTime,
        read: { offset: newest + 1, position: world.repairs[index]?.read?.position },
      }),
    ),
  );

const readPosition: Step = (world, index, race) => [
  go(world, index, {
    read: { offset: world.repairs[index]?.read?.offset ?? 0, position: race.endOf(world.logged) },
  }),
];

const settle: Step = (world, index) => [
  world.logged > world.shown ? end(world, index, 'moving') : go(world, index, {}),
];

const readSource: Step = (world, index, race) => [go(world, index, { first: race.valueAt(world.shown) })];

const readBoth: Step = (world, index, race) => {
  const source = race.valueAt(world.shown);
  return [
    source === world.repairs[index]?.first
      ? go(world, index, { source, seen: world.row })
      : end(world, index, 'moving'),
  ];
};

const write: Step = (world, index, race) => {
  const repair = world.repairs[index];
  if (repair === undefined || repair.read === null) {
    throw new Error('nothing was read');
  }
  const log = {
    offset: repair.read.offset,
    seq: String(Math.max(0, repair.read.offset - 1)),
    commitTime: repair.newestTime,
  };
  const plan = planRepair(verdictOf(repair), meansOf(race, repair), log);
  return [
    plan.kind === 'write'
      ? go(race.run(world, plan.change), index, {})
      : end(world, index, outcomeOf(repair, plan.answer)),
  ];
};

function outcomeOf({ source, seen }: Repair, { outcome }: RepairAnswer): Repair['outcome'] {
  if (outcome !== 'equal') {
    return 'moving';
  }
  return source === (seen?.v ?? null) ? 'equal' : 'left';
}

const readBack: Step = (world, index) => {
  const { source = null, read = null } = world.repairs[index] ?? {};
  const isThere = (world.row?.v ?? null) === source;
  return [end(isThere ? { ...world, memory: read } : world, index, isThere ? 'written' : 'moving')];
};

const OURS = { hold, readLog, readPosition, settle, readSource, readBoth, write, readBack };
const ORDER = Object.keys(OURS);

export const OUR_PROTOCOL: Protocol = {
  name: 'as the sink does it',
  steps: Object.values(OURS),
  blind: [ORDER.indexOf('readPosition'), ORDER.indexOf('readBoth')],
};

export const WEAKENED: readonly Protocol[] = [
  { name: 'without the lane', steps: Object.values({ ...OURS, hold: holdNothing }) },
  { name: 'without making the source show its log', steps: Object.values({ ...OURS, settle: holdNothing }) },
  {
    name: 'with the end of the stream taken after the source was read',
    steps: [hold, readPosition, settle, readSource, readBoth, readLog, write, readBack],
  },
  {
    name: 'with the end of the source log taken after the source was read',
    steps: [hold, readLog, settle, readSource, readBoth, readPosition, write, readBack],
  },
];

function meansOf({ table }: Race, { mode }: Repair) {
  const row = { table: 'orders', shard: 's', rowKey: '6:orders/1n1', targetKey: [['id', '1']], sourceKey: [] } as const;
  return {
    request: { row, mode, mayDelete: true },
    table,
    marker: MARKER,
    modifiedColumn: MODIFIED_COLUMN,
    notOfSource: NOTHING,
  };
}

function verdictOf({ source, seen }: Repair): RowVerdict {
  if (source === (seen?.v ?? null)) {
    return { kind: 'equal', digest: source };
  }
  return {
    kind: 'different',
    mismatch: source === null ? 'extra' : seen === null ? 'missing' : 'different',
    columns: source === null || seen === null ? [] : ['v'],
    sourceDigest: source,
    targetDigest: seen?.v ?? null,
    expected: source === null ? null : imageOf(source),
    actual: seen === null ? null : imageOf(seen.v, marksOf(seen)),
  };
}

function marksOf({ writer, time, seq }: TargetRow) {
  return { ergate_yn: writer, rpc_time: time, ergate_seq: seq };
}
