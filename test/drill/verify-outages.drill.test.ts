/**
 * Rows are damaged, and one after the other what verification and recovery need is away while the load goes on: it is killed, or
 * it keeps its connections and answers nobody. Afterwards everything closes by itself. `npm test` takes away one of them, as
 * the seed says.
 *
 * A damage needs no case only when the load has changed its row at the source since. No other way of being mended is let pass:
 * a finding that was lost would look like it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LoadGenerator } from '../../deploy/banana/load-generator.ts';
import { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import { isEqual } from '../compare/compare-table.ts';
import { ConnectionWatch } from '../support/drill/connection-watch.ts';
import type { Drill, ServerName } from '../support/drill/drill.ts';
import { readDrillSeed } from '../support/drill/drill-options.ts';
import { type DrillStack, endpointOf } from '../support/drill/drill-stack.ts';
import { MemoryWatch } from '../support/drill/memory-watch.ts';
import { startDrill } from '../support/drill/start-drill.ts';
import { DAMAGE_KINDS } from '../support/saboteur/damage.ts';
import { createDamageTable, NOTE_DAMAGE } from '../support/saboteur/damage-table.ts';
import { expectHarmless } from '../support/saboteur/expect-harmless.ts';
import { DamageJudge, describeJudged, type JudgedDamage } from '../support/saboteur/judge-damage.ts';
import { listDoubled } from '../support/saboteur/list-doubled.ts';
import { listUncased } from '../support/saboteur/list-uncased.ts';
import { ORDER_SELLER, ORDER_SETTLEMENT } from '../support/saboteur/order-tables.ts';
import { nameDamaged, readCases, readRanges } from '../support/saboteur/read-cases.ts';
import { type DoneDamage, Saboteur } from '../support/saboteur/saboteur.ts';
import { buildShortVerification } from '../support/saboteur/short-verification.ts';

/** A server, one shard of two or all of a target among them, or a node with all that runs on it. */
const AWAY = ['order', 'seller0', 'settlement', 'state', 'node'] as const;
type Away = (typeof AWAY)[number];

const SEED = readDrillSeed();
const IS_ALL = process.env['ERGATE_DRILLS'] === 'all';
const CHOSEN = IS_ALL ? AWAY : [new SeededRandom(SEED, 1).pick(AWAY)];
/** Row changes per second: most rows that are damaged are not changed again before they are found. */
const RATE = 150;
const SWEEP_SECONDS = 10;
/** Only what its sink has committed is damaged; there must be time for that before the verifier looks. */
const DELAY_MS = 5_000;
const LIMITS = { delayMs: DELAY_MS, sweepEveryMs: SWEEP_SECONDS * 1_000 };
const DAMAGE_BEFORE = 5;
const DAMAGE_MEANWHILE = 3;
const AWAY_MS = IS_ALL ? 8_000 : 3_000;
const KILLS = 3;
/** To a random moment: rows are just damaged then, or found, or repaired. */
const MOST_WAIT_MS = 3_000;
/** Repairs that failed meanwhile are tried again 2, 4, 8, 16 s later, ranges 5 and 10 s; and on a busy machine all is slow. */
const CLOSE_WITHIN_MS = 120_000;
/** Beside what a node holds when it has just started: 53 to 75 were seen in one outage, 148 in five behind each other. */
const MOST_GROWTH_MEGABYTES = 200;
/**
 * Of all nodes to one server, as the settings allow. A target: two of each node and pipeline for sinks, two lanes for each of four
 * partitions, and three for each of thirteen actors that look at rows. The source: eight of each node and two of the capture. The
 * state database: four of each node. One more each while a breaker asks, or somebody else, whether it is back.
 */
const MOST_CONNECTIONS = { order: 18, seller0: 52, seller1: 52, settlement: 52, state: 10 };
/** Garbage that is not collected yet is no memory that is held: with little room for it the limit above can be low. */
const NODE_OPTIONS = '--max-semi-space-size=8';
/** MariaDB stores no negative zero, and no table here has a number for it. */
const KINDS = DAMAGE_KINDS.filter((kind) => kind !== 'signed-zero');
const { settings, jobs } = buildShortVerification(SWEEP_SECONDS, 'breaker: { openFor: 2s, parkAfter: 3s }', {
  delayMs: DELAY_MS,
});

test(
  'while a source, a shard, the state database or a node is away nothing that was found is lost or doubled, and all closes by itself',
  async () => {
    const leftOut = AWAY.filter((away) => !CHOSEN.includes(away));
    if (leftOut.length > 0) {
      console.log(
        `seed ${SEED} takes away ${CHOSEN.join()}; left out: ${leftOut.join(', ')}; ERGATE_DRILLS=all has all`,
      );
    }
    const drill = await startDrill({ rate: RATE, settings, jobs, seed: SEED, nodeOptions: NODE_OPTIONS, prepare });
    const { endpoints, targets } = drill.stack;
    await drill.untilArriving();
    await using saboteur = new Saboteur({
      random: drill.random,
      endpoints: new Map(targets.map((target) => [target.name, target])),
      targets: [ORDER_SELLER, ORDER_SETTLEMENT],
      settledBelow: (pipeline) => drill.settledBelow(pipeline),
      note: NOTE_DAMAGE,
    });
    const done: DoneDamage[] = [];
    using memory = new MemoryWatch(drill);
    using connections = new ConnectionWatch(drill);
    let load: LoadGenerator | undefined;
    for (const [turn, away] of drill.shuffle(CHOSEN).entries()) {
      if (turn > 0) {
        load = new LoadGenerator({ server: endpoints.source, rate: RATE, seed: SEED + turn });
        await load.start();
        await drill.untilArriving();
      }
      const damage = async (count: number, unreachable?: string) => {
        for (let rows = 0; rows < count; rows++) {
          const kind = KINDS[done.length % KINDS.length];
          // There is no other shard to put a row on while one of the two is away.
          const isNowhere = kind === 'wrong-shard' && unreachable === 'seller0';
          done.push(await saboteur.damageOne(isNowhere ? undefined : kind, unreachable));
        }
      };
      await damage(DAMAGE_BEFORE);
      await takeAway(drill, away, () => damage(DAMAGE_MEANWHILE, away));
      await drill.until('all actors run', () => drill.isEverythingRunning(), CLOSE_WITHIN_MS);
      await drill.untilArriving();
      await damage(DAMAGE_BEFORE);
      // Else the load would overwrite what was lost, sooner or later.
      await (load === undefined ? drill.stopLoad() : load.stop());
      const judged = await untilClosed(drill, done);
      const compare = await drill.untilDrained();
      await drill.untilVerified(CLOSE_WITHIN_MS);
      await expectAllRight(drill, judged);
      expect(compare.tables.filter((table) => !isEqual(table))).toEqual([]);
      drill.tell(describeFound(drill, judged));
      drill.tell(`a node holds at most ${memory.peakMegabytes} MB, at first ${memory.firstMegabytes} MB`);
      drill.tell(`all nodes hold at most these connections: ${JSON.stringify(connections.peaks)}`);
      expect(memory.peakMegabytes).toBeLessThan(memory.firstMegabytes + MOST_GROWTH_MEGABYTES);
      expect(connections.listAbove(MOST_CONNECTIONS)).toEqual([]);
      await expectHarmless(drill, done.length);
    }
  },
  120_000 + CHOSEN.length * 240_000,
);

async function prepare({ targets }: DrillStack): Promise<void> {
  await Promise.all(targets.map(createDamageTable));
}

/** What the turns up to now have been worth. */
function describeFound({ status }: Drill, judged: readonly JudgedDamage[]): string {
  const by = Object.entries(Object.groupBy(judged, ({ found }) => found?.foundBy ?? 'nobody'));
  const unanswered = status?.verification.map(({ pipeline, unanswered: rows = 0 }) => `${rows} of ${pipeline}`);
  return `found by ${by.map(([who, all]) => `${who} ${all?.length}`).join(', ')}; not answered by the source: ${unanswered?.join(', ')}`;
}

async function takeAway(drill: Drill, away: Away, meanwhile: () => Promise<void>): Promise<void> {
  await sleep(drill.random.below(MOST_WAIT_MS));
  if (away === 'node') {
    await killNodes(drill, meanwhile);
    return;
  }
  const back = drill.random.chance(0.5) ? await kill(drill, away) : freeze(drill, away);
  await meanwhile();
  await sleep(AWAY_MS);
  await back();
}

async function kill(drill: Drill, server: ServerName): Promise<() => Promise<void>> {
  await drill.killServer(server);
  return () => drill.startServer(server);
}

function freeze(drill: Drill, server: ServerName): () => Promise<void> {
  drill.freezeServer(server);
  return async () => drill.thawServer(server);
}

/** Each time one that runs a verifier or a recovery actor, in the middle of whatever it does. */
async function killNodes(drill: Drill, meanwhile: () => Promise<void>): Promise<void> {
  for (let kills = 0; kills < KILLS; kills++) {
    const kind = drill.random.pick(['verifier', 'recovery']);
    const job = `${kind}.${drill.random.pick(['order-seller', 'order-settlement'])}.${drill.random.below(4)}`;
    await sleep(drill.random.below(MOST_WAIT_MS));
    const findNode = () => [drill.nodeOf(job)].find((node) => node !== undefined && hasProcess(drill, node));
    await drill.until(`${job} runs`, () => findNode() !== undefined);
    drill.kill(findNode() ?? 'no node');
    await meanwhile();
  }
}

/** Nobody may know yet that it has ended. */
function hasProcess({ processes }: Drill, node: string): boolean {
  return processes.get(node).pid !== undefined;
}

/** Every damage has one case, unless the load has overwritten it; and no case is open. */
async function untilClosed(drill: Drill, done: readonly DoneDamage[]): Promise<readonly JudgedDamage[]> {
  const { endpoints, servers } = drill.stack;
  await using judge = await DamageJudge.open(endpoints.source, LIMITS);
  let judged: readonly JudgedDamage[] = [];
  try {
    await drill.until(
      'every damage that the load has not overwritten has a case, and every case is closed',
      async () => {
        const cases = await readCases(endpointOf(servers.state));
        judged = await judge.judge(done, cases);
        return listUncased(judged, cases).length === 0 && [...cases.values()].flat().every(({ end }) => end !== null);
      },
      CLOSE_WITHIN_MS,
    );
  } finally {
    for (const one of judged) {
      drill.tell(describeJudged(one));
    }
  }
  return judged;
}

async function expectAllRight(drill: Drill, judged: readonly JudgedDamage[]): Promise<void> {
  const state = endpointOf(drill.stack.servers.state);
  const cases = await readCases(state);
  const all = [...cases.values()].flat();
  expect(all.filter(({ end }) => end === null)).toEqual([]);
  expect(await readRanges(state)).toEqual([]);
  expect(listUncased(judged, cases)).toEqual([]);
  expect(listDoubled(cases)).toEqual([]);
  const damaged = new Set(judged.map(({ damage }) => nameDamaged(damage)));
  // What a sink could not apply while a look-up was away becomes cases of rows that nobody damaged.
  expect(all.filter(({ row, foundBy }) => foundBy !== 'sink' && !damaged.has(row))).toEqual([]);
  // Most of the damage was nobody else's to mend.
  expect(judged.filter(({ found }) => found?.isRepaired).length).toBeGreaterThan(judged.length / 3);
}
