/** Damages rows at the targets while the demo runs, and follows what becomes of each. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint, OrderEndpoints } from '../../test/compare/endpoints.ts';
import { DAMAGE_KINDS } from '../../test/support/saboteur/damage.ts';
import { DamageJudge, type JudgedDamage } from '../../test/support/saboteur/judge-damage.ts';
import { ORDER_SELLER, ORDER_SETTLEMENT } from '../../test/support/saboteur/order-tables.ts';
import { readCases } from '../../test/support/saboteur/read-cases.ts';
import { type DoneDamage, Saboteur } from '../../test/support/saboteur/saboteur.ts';
import { SeededRandom } from '../banana/seeded-random.ts';
import { DEMO_LIMITS } from './demo-verification.ts';

export interface DamageCounts {
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
  readonly onDamage: (message: string) => void;
}

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
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #counts: DamageCounts = { damaged: 0, overwritten: 0, found: 0, repaired: 0, closed: 0, open: 0 };

  constructor(options: SabotageOptions) {
    this.#options = options;
  }

  /** As of the last look. */
  get counts(): DamageCounts {
    return this.#counts;
  }

  start(): void {
    this.#running = Promise.all([this.#damageAll(), this.#follow()]).then(() => {});
    this.#running.catch(() => {}); // seen by stop()
  }

  /** Ends when all that was damaged is closed or overwritten, or after a while. @throws Error when it could not go on */
  async finish(withinMs: number): Promise<DamageCounts> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const { open, found, closed } = await this.#look();
      if ((open === 0 && found === closed) || performance.now() > deadlineMs) {
        break;
      }
      await sleep(LOOK_EVERY_MS);
    }
    await this.stop();
    return this.#counts;
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #damageAll(): Promise<void> {
    const { endpoints, seed, count, onDamage } = this.#options;
    const { signal } = this.#stopping;
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
      onDamage(`damaged ${done.shard}.${done.table} ${Object.values(done.key).join(',')}: ${describeKind(done)}`);
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
    const done = [...this.#done];
    await using judge = await DamageJudge.open(this.#options.endpoints.source, DEMO_LIMITS);
    this.#counts = countDamage(await judge.judge(done, await readCases(this.#options.state)));
    return this.#counts;
  }
}

export function countDamage(judged: readonly JudgedDamage[]): DamageCounts {
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
