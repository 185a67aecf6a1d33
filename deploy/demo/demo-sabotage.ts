/** Damages rows at the targets while the demo runs, and follows what becomes of each. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint, OrderEndpoints } from '../../test/compare/endpoints.ts';
import { DAMAGE_KINDS } from '../../test/support/saboteur/damage.ts';
import { DamageJudge, type JudgedDamage } from '../../test/support/saboteur/judge-damage.ts';
import { ORDER_SELLER, ORDER_SETTLEMENT } from '../../test/support/saboteur/order-tables.ts';
import { readCases } from '../../test/support/saboteur/read-cases.ts';
import { type DoneDamage, Saboteur } from '../../test/support/saboteur/saboteur.ts';
import { SeededRandom } from '../banana/seeded-random.ts';
import { DamageNews, nameDamagedRow } from './damage-news.ts';
import { DEMO_LIMITS } from './demo-verification.ts';

export interface DamageCounts {
  /** What was asked for; fewer are damaged when the demo is interrupted. */
  readonly wanted: number;
  readonly damaged: number;
  /** By a later change of the row at the source, before anybody reported them. */
  readonly overwritten: number;
  readonly found: number;
  readonly repaired: number;
  readonly closed: number;
  /** Neither found nor overwritten yet. */
  readonly open: number;
}

export interface SabotageOptions {
  readonly endpoints: OrderEndpoints;
  readonly state: Endpoint;
  readonly seed: number;
  readonly count: number;
  /** A row was damaged, or something has become of it. */
  readonly onNews: (message: string) => void;
}

const NONE: DamageCounts = { wanted: 0, damaged: 0, overwritten: 0, found: 0, repaired: 0, closed: 0, open: 0 };
/** MariaDB stores no negative zero. */
const KINDS = DAMAGE_KINDS.filter((kind) => kind !== 'signed-zero');
/** Apart from the numbers that the load draws. */
const SABOTAGE_STREAM = 98;
/** There are rows by then. */
const FIRST_AFTER_MS = 3_000;
const PAUSE_MS = 400;
const LOOK_EVERY_MS = 1_000;

export class Sabotage {
  readonly #options: SabotageOptions;
  readonly #done: DoneDamage[] = [];
  readonly #interrupted = new AbortController();
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  readonly #news = new DamageNews();
  #isDamaging = true;
  #counts: DamageCounts = NONE;

  constructor(options: SabotageOptions) {
    this.#options = options;
  }

  /** As of the last look. */
  get counts(): DamageCounts {
    return this.#counts;
  }

  start(): void {
    this.#running = Promise.all([this.#damageAll().finally(() => (this.#isDamaging = false)), this.#follow()]).then(
      () => {},
    );
    this.#running.catch(() => {}); // seen by stop()
  }

  /** Damages no further row. */
  interrupt(): void {
    this.#interrupted.abort();
  }

  /** Ends when all is damaged and closed or overwritten, or after a while. @throws Error when it could not go on */
  async finish(withinMs: number): Promise<DamageCounts> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const { open, found, closed } = await this.#look();
      if ((!this.#isDamaging && open === 0 && found === closed) || performance.now() > deadlineMs) {
        break;
      }
      await sleep(LOOK_EVERY_MS);
    }
    await this.stop();
    return this.#counts;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.interrupt();
    this.#stopping.abort();
    await this.#running;
  }

  async #damageAll(): Promise<void> {
    const { endpoints, seed, count, onNews } = this.#options;
    const { signal } = this.#interrupted;
    const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
    await pause(FIRST_AFTER_MS);
    await using saboteur = new Saboteur({
      random: new SeededRandom(seed, SABOTAGE_STREAM),
      endpoints: new Map([...endpoints.sellers, endpoints.settlement].map((endpoint) => [endpoint.name, endpoint])),
      targets: [ORDER_SELLER, ORDER_SETTLEMENT],
    });
    for (let damaged = 0; damaged < count && !signal.aborted; damaged++) {
      const done = await saboteur.damageOne(KINDS[damaged % KINDS.length]);
      this.#done.push(done);
      onNews(`damaged ${nameDamagedRow(done)}: ${describeKind(done)}`);
      await pause(PAUSE_MS);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#look().catch(() => {}); // a server may be away; the next look tells
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<DamageCounts> {
    const { endpoints, state, count, onNews } = this.#options;
    const done = [...this.#done];
    await using judge = await DamageJudge.open(endpoints.source, DEMO_LIMITS);
    const judged = await judge.judge(done, await readCases(state));
    this.#news.take(judged).forEach(onNews);
    this.#counts = { wanted: count, ...countDamage(judged) };
    return this.#counts;
  }
}

export function countDamage(judged: readonly JudgedDamage[]): Omit<DamageCounts, 'wanted'> {
  const found = judged.flatMap(({ found: one }) => (one === undefined ? [] : [one]));
  const unseen = judged.filter((one) => one.found === undefined);
  const overwritten = unseen.filter(({ foundBy }) => foundBy === 'overwritten').length;
  return {
    damaged: judged.length,
    overwritten,
    found: found.length,
    repaired: found.filter(({ isRepaired }) => isRepaired).length,
    closed: found.filter(({ end }) => end !== null).length,
    open: unseen.length - overwritten,
  };
}

function describeKind({ kind, columns }: DoneDamage): string {
  return columns.length === 0 ? kind : `${kind} of ${columns.join(', ')}`;
}
