/**
 * npm run drill -- saboteur [--seed N] [--count N]: somebody damages rows at the targets while orders are written. Every
 * damage is reported by who has to find it, within the time of that finder, repaired and closed, and no row is touched that was
 * right. Delays are shortened.
 *
 * What the verifier has to find is damaged while no sweep is near: one that reports nothing does not pass.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isEqual } from '../compare/compare-table.ts';
import type { Drill } from '../support/drill/drill.ts';
import { readDrillCount } from '../support/drill/drill-options.ts';
import { type DrillStack, endpointOf, runAll } from '../support/drill/drill-stack.ts';
import { startDrill } from '../support/drill/start-drill.ts';
import { DAMAGE_KINDS } from '../support/saboteur/damage.ts';
import { createDamageTable, NOTE_DAMAGE } from '../support/saboteur/damage-table.ts';
import { expectHarmless } from '../support/saboteur/expect-harmless.ts';
import { isSweepNear } from '../support/saboteur/is-sweep-near.ts';
import {
  DamageJudge,
  describeJudged,
  GRACE_MS,
  type JudgedDamage,
  newBelowMs,
  oldFromMs,
} from '../support/saboteur/judge-damage.ts';
import { listDoubled } from '../support/saboteur/list-doubled.ts';
import {
  addMeasure,
  buildMeasureTable,
  fillMeasures,
  MEASURE_SETTINGS,
  MEASURES,
  readMeasures,
} from '../support/saboteur/measures.ts';
import { ORDER_SELLER, ORDER_SETTLEMENT } from '../support/saboteur/order-tables.ts';
import { nameDamaged, readCases } from '../support/saboteur/read-cases.ts';
import { type DoneDamage, Saboteur } from '../support/saboteur/saboteur.ts';
import { buildShortVerification, SHORT_DELAY_MS, SHORT_SWEEP_ROWS } from '../support/saboteur/short-verification.ts';

/** MariaDB stores no negative zero; that it is seen at MySQL, which does, is in test/contract/row-compare-contract.ts. */
const KINDS = DAMAGE_KINDS.filter((kind) => kind !== 'signed-zero');
/** Of rows that a change names. */
const NAMED_KINDS = KINDS.filter((kind) => kind !== 'rogue' && kind !== 'wrong-shard');
/** A short run has each kind for each finder. */
const COUNT = readDrillCount(2 * KINDS.length);
/** Leaves the verifier some time between two sweeps. */
const SWEEP_SECONDS = 40;
/** Until enough of the damage was not overwritten by the load. */
const MAX_ROUNDS = 3;
/** More than any table of a long run has. */
const MOST_ROWS = 20_000;
const LIMITS = {
  delayMs: SHORT_DELAY_MS,
  sweepEveryMs: SWEEP_SECONDS * 1_000,
  sweepMs: (MOST_ROWS / SHORT_SWEEP_ROWS) * 1_000,
  isCalm: true,
};
const NEW_ROWS = { fromMs: 0, toMs: newBelowMs(LIMITS) / 2, isResting: true };
const OLD_ROWS = { fromMs: oldFromMs(LIMITS) };
const RESTING_ROWS = { ...OLD_ROWS, isResting: true };
/** Row changes per second: most rows that are damaged are not changed again before they are found. */
const RATE = 150;
/** So that a long run is spread over time, and a short one is short. */
const PAUSE_MS = 100;
/** Which damage is overwritten before it is found has to be seen while it goes on. */
const LOOK_EVERY_MS = 1_000;
const { settings, jobs } = buildShortVerification(SWEEP_SECONDS);
/** Also a table that nobody changes. */
const SETTINGS = `${settings}
    tables:
      ${MEASURE_SETTINGS.pipeline}
captures:
  order:
    tables:
      ${MEASURE_SETTINGS.capture}
`;

test(
  'every row that somebody damages is reported in time by who has to find it, repaired and closed, and no other row is touched',
  async () => {
    const drill = await startDrill({ rate: RATE, settings: SETTINGS, jobs, prepare });
    const { endpoints, servers } = drill.stack;
    const state = endpointOf(servers.state);
    await fillMeasures(endpoints.source);
    await drill.untilArriving();
    await drill.until('the measures are at the target', async () => {
      const [here, there] = await Promise.all([readMeasures(endpoints.source), readMeasures(endpoints.settlement)]);
      return here.length === there.length;
    });
    await using judge = await DamageJudge.open(endpoints.source, LIMITS);
    const done: DoneDamage[] = [];
    const look = async () => judge.judge(done, await readCases(state));
    await using saboteur = openSaboteur(drill);
    const isOver = (one: JudgedDamage) =>
      !isDue(one) || one.found !== undefined || Date.now() - one.damage.atMs > judge.limitOf(one);
    const isReported = async () => (await look()).every(isOver);
    for (let round = 0; round < MAX_ROUNDS && !isRealAttack(await look()); round++) {
      await damageRows(drill, saboteur, done, look);
      await drill.until('every damage is reported, or its time is over', isReported, 2 * LIMITS.sweepEveryMs);
    }
    await drill.stopLoad();
    await drill.until('every case is closed', async () =>
      [...(await readCases(state)).values()].flat().every(({ end }) => end !== null),
    );
    const compare = await drill.untilDrained();
    const judged = await look();
    for (const one of judged) {
      drill.tell(describeJudged(one));
    }
    const late = judged.filter((one) => isDue(one) && (one.afterMs ?? Number.POSITIVE_INFINITY) > judge.limitOf(one));
    expect(late.map(describeJudged)).toEqual([]);
    expectRepaired(judged);
    const cases = await readCases(state);
    expect(listDoubled(cases)).toEqual([]);
    const damaged = new Set(done.map(nameDamaged));
    expect([...cases.keys()].filter((row) => !damaged.has(row))).toEqual([]);
    expect(compare.tables.filter((table) => !isEqual(table))).toEqual([]);
    expect(await readMeasures(endpoints.settlement)).toEqual(await readMeasures(endpoints.source));
    await expectHarmless(drill, done.length);
  },
  360_000 + COUNT * 1_000,
);

function openSaboteur({ random, stack: { targets } }: Drill): Saboteur {
  return new Saboteur({
    random,
    endpoints: new Map(targets.map((target) => [target.name, target])),
    targets: [ORDER_SELLER, { ...ORDER_SETTLEMENT, tables: [...ORDER_SETTLEMENT.tables, MEASURES] }],
    note: NOTE_DAMAGE,
  });
}

/** COUNT more. Half of them are of rows that were just changed, and done while only the verifier can find them in time. */
async function damageRows(
  drill: Drill,
  saboteur: Saboteur,
  done: DoneDamage[],
  look: () => Promise<unknown>,
): Promise<void> {
  const { servers, endpoints } = drill.stack;
  const limits = { everyMs: LIMITS.sweepEveryMs, withinMs: LIMITS.delayMs + GRACE_MS };
  const isQuiet = async () => !(await isSweepNear(endpointOf(servers.state), 2, limits));
  const fromMs = Date.now();
  let lookedMs = fromMs;
  const count = done.length + COUNT;
  let measures = (await readMeasures(endpoints.source)).length;
  for (let [news, olds] = [0, 0]; done.length < count; ) {
    if (news < COUNT / 2 && (await isQuiet())) {
      await addMeasure(endpoints.source, measures++);
      // Not every kind can be done to what has changed just now; the load goes on.
      const one = await saboteur.damageIfAny(NAMED_KINDS[news % NAMED_KINDS.length], undefined, NEW_ROWS);
      done.push(...(one === undefined ? [] : [one]));
      news += one === undefined ? 0 : 1;
    } else if (olds < COUNT / 2 && Date.now() - fromMs > OLD_ROWS.fromMs) {
      const kind = KINDS[olds % KINDS.length];
      // Every second one stays as it is until it is found, if there is such a row by now.
      const resting = olds % 2 === 0 ? await saboteur.damageIfAny(kind, undefined, RESTING_ROWS) : undefined;
      done.push(resting ?? (await saboteur.damageOne(kind, undefined, OLD_ROWS)));
      olds++;
    }
    if (Date.now() - lookedMs > LOOK_EVERY_MS) {
      await look();
      lookedMs = Date.now();
    }
    await sleep(PAUSE_MS);
  }
  drill.tell(`${done.length} rows were damaged, half of them just after they were changed`);
}

const FINDERS: Readonly<Record<JudgedDamage['foundBy'], readonly string[]>> = {
  verifier: ['verifier'],
  sweep: ['sweeper'],
  either: ['verifier', 'sweeper'],
  overwritten: [],
};
const isDue = ({ foundBy }: JudgedDamage) => foundBy !== 'overwritten';

/** By who has to; and what was wrong was told rightly. */
function expectRepaired(judged: readonly JudgedDamage[]): void {
  const due = judged.filter(isDue);
  const misfound = due.filter(({ foundBy, found }) => !FINDERS[foundBy].includes(found?.foundBy ?? 'nobody'));
  expect(misfound.map(describeJudged)).toEqual([]);
  // A change that came behind the report may have mended it, or left it wrong in another way.
  const last = due.filter(({ isOverwritten }) => !isOverwritten);
  const unrepaired = last.filter(({ found }) => !(found?.isRepaired && found.end === 'verified'));
  expect(unrepaired.map(describeJudged)).toEqual([]);
  const misnamed = last.filter(
    ({ damage, found }) =>
      found?.kind !== damage.leaves || damage.columns.some((column) => !found.columns.includes(column)),
  );
  expect(misnamed.map(describeJudged)).toEqual([]);
  expect(countOf(judged, 'verifier')).toBeGreaterThan(COUNT / 5);
  expect(countOf(judged, 'sweep')).toBeGreaterThan(COUNT / 4);
}

/** Enough of it was nobody else's to mend, and of either finder. How many rows the load changes before they are found is chance. */
function isRealAttack(judged: readonly JudgedDamage[]): boolean {
  return countOf(judged, 'verifier') > COUNT / 5 && countOf(judged, 'sweep') > COUNT / 4;
}

function countOf(judged: readonly JudgedDamage[], finder: JudgedDamage['foundBy']): number {
  return judged.filter(({ foundBy }) => foundBy === finder).length;
}

async function prepare({ endpoints, targets }: DrillStack): Promise<void> {
  await runAll(endpoints.source, [buildMeasureTable('source')]);
  await runAll(endpoints.settlement, [buildMeasureTable('target')]);
  await Promise.all(targets.map(createDamageTable));
}
