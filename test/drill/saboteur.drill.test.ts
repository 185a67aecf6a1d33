/**
 * npm run drill -- saboteur [--seed N] [--count N]: somebody damages rows at the targets while orders are written. Every
 * damage is reported, repaired and closed, and no row is touched that was right. Delays are shortened.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isEqual } from '../compare/compare-table.ts';
import { readDrillCount } from '../support/drill/drill-options.ts';
import { type DrillStack, endpointOf, runAll } from '../support/drill/drill-stack.ts';
import { startDrill } from '../support/drill/start-drill.ts';
import { DAMAGE_KINDS } from '../support/saboteur/damage.ts';
import { DamageJudge, describeJudged, type JudgedDamage } from '../support/saboteur/judge-damage.ts';
import {
  buildMeasureTable,
  fillMeasures,
  MEASURE_SETTINGS,
  MEASURES,
  readMeasures,
} from '../support/saboteur/measures.ts';
import { ORDER_SELLER, ORDER_SETTLEMENT } from '../support/saboteur/order-tables.ts';
import { nameDamaged, readCases } from '../support/saboteur/read-cases.ts';
import { type DoneDamage, Saboteur } from '../support/saboteur/saboteur.ts';
import { buildShortVerification, SHORT_DELAY_MS } from '../support/saboteur/short-verification.ts';

const SHORT_COUNT = 11;
const COUNT = readDrillCount(SHORT_COUNT);
const SWEEP_SECONDS = COUNT > SHORT_COUNT ? 20 : 10;
const LIMITS = { delayMs: SHORT_DELAY_MS, sweepEveryMs: SWEEP_SECONDS * 1_000 };
/** Row changes per second: most rows that are damaged are not changed again before they are found. */
const RATE = 150;
/** MariaDB stores no negative zero; test/contract has it for MySQL. */
const KINDS = DAMAGE_KINDS.filter((kind) => kind !== 'signed-zero');
/** So that a long run is spread over time, and a short one is short. */
const PAUSE_MS = 100;
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
  'every row that somebody damages is reported in time, repaired and closed, and no other row is touched',
  async () => {
    const drill = await startDrill({ rate: RATE, settings: SETTINGS, jobs, prepare });
    const { endpoints, targets, servers } = drill.stack;
    const state = endpointOf(servers.state);
    await fillMeasures(endpoints.source);
    await drill.untilArriving();
    await drill.until('the measures are at the target', async () => {
      const [here, there] = await Promise.all([readMeasures(endpoints.source), readMeasures(endpoints.settlement)]);
      return here.length === there.length;
    });
    await using saboteur = new Saboteur({
      random: drill.random,
      endpoints: new Map(targets.map((target) => [target.name, target])),
      targets: [ORDER_SELLER, { ...ORDER_SETTLEMENT, tables: [...ORDER_SETTLEMENT.tables, MEASURES] }],
    });
    await using judge = await DamageJudge.open(endpoints.source, LIMITS);
    const done: DoneDamage[] = [];
    while (done.length < COUNT) {
      // Each kind in turn, so that a short run has all of them.
      done.push(await saboteur.damageOne(KINDS[done.length % KINDS.length]));
      await sleep(PAUSE_MS);
    }
    drill.tell(`${done.length} rows were damaged`);

    const look = async () => judge.judge(done, await readCases(state));
    const isDue = (one: JudgedDamage) => one.foundBy !== 'overwritten';
    let judged: readonly JudgedDamage[] = [];
    const lastMs = Date.now();
    await drill.until('every damage is reported, or its time is over', async () => {
      judged = await look();
      return judged.every((one) => !isDue(one) || one.found !== undefined || Date.now() - lastMs > judge.limitOf(one));
    });
    await drill.stopLoad();
    await drill.until('every case is closed', async () =>
      [...(await readCases(state)).values()].flat().every(({ end }) => end !== null),
    );
    const compare = await drill.untilDrained();
    judged = await look();
    for (const one of judged) {
      drill.tell(describeJudged(one));
    }

    const late = judged.filter(
      (one) => isDue(one) && !((one.afterMs ?? Number.POSITIVE_INFINITY) <= judge.limitOf(one)),
    );
    expect(late.map(describeJudged)).toEqual([]);
    const unrepaired = judged.filter((one) => isDue(one) && !(one.found?.isRepaired && one.found.end === 'verified'));
    expect(unrepaired.map(describeJudged)).toEqual([]);
    const misnamed = judged.filter(
      ({ damage, found, foundBy }) =>
        foundBy !== 'overwritten' &&
        (found?.kind !== damage.leaves || damage.columns.some((column) => !found.columns.includes(column))),
    );
    expect(misnamed.map(describeJudged)).toEqual([]);
    const damaged = new Set(done.map(nameDamaged));
    const accused = [...(await readCases(state)).keys()].filter((row) => !damaged.has(row));
    expect(accused).toEqual([]);
    expect(compare.tables.filter((table) => !isEqual(table))).toEqual([]);
    expect(await readMeasures(endpoints.settlement)).toEqual(await readMeasures(endpoints.source));
    // It was a real attack: most of the damage was nobody else's to mend.
    expect(judged.filter(isDue).length).toBeGreaterThan(COUNT / 3);
  },
  120_000 + COUNT * 1_000,
);

async function prepare({ endpoints }: DrillStack): Promise<void> {
  await runAll(endpoints.source, [buildMeasureTable('source')]);
  await runAll(endpoints.settlement, [buildMeasureTable('target')]);
}
