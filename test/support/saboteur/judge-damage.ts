/**
 * Who has to find a damage, and until when. A change of the row that is not verified yet makes it the verifier's. Where the last
 * change was verified long ago, or none names the row, it is the sweep's. Between those it may be either's.
 */
import mysql, { type RowDataPacket } from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';
import { nameDamaged, type StoredCase } from './read-cases.ts';
import type { DoneDamage } from './saboteur.ts';

export interface Limits {
  readonly delayMs: number;
  readonly sweepEveryMs: number;
  /** How long a sweep takes at most; 0 when left out. */
  readonly sweepMs?: number;
  /** Nothing is away: what was not reported in time was missed, whatever changes the row later. */
  readonly isCalm?: boolean;
}

export interface JudgedDamage {
  readonly damage: DoneDamage;
  /** Of overwritten nobody: before it was found, and within the time for it, a later change of the row came. */
  readonly foundBy: 'verifier' | 'either' | 'sweep' | 'overwritten';
  /** By now the row was changed again at the source. */
  readonly isOverwritten: boolean;
  /** The first one. */
  readonly found: StoredCase | undefined;
  /** From the damage to the report, ms. */
  readonly afterMs: number | undefined;
}

/** Binary logs tell commit times in whole seconds, so a change may count as up to one second older than it is. */
const STAMP_MS = 1_000;
/** For what lies between the damage and the look: the commit, the look at the clock. */
const MARGIN_MS = 300;
/** Behind the delay, or behind a sweep: the proof, that capture and sink have passed what was noted, and the report. */
export const GRACE_MS = 10_000;
/** A change that is so much older than the delay is verified, on a busy machine too. */
const VERIFIED_MS = 10_000;

/** Rows that are damaged at this age are the verifier's. */
export function newBelowMs({ delayMs }: Limits): number {
  return delayMs - STAMP_MS - MARGIN_MS;
}

/** Rows that are damaged at this age are the sweep's. */
export function oldFromMs({ delayMs }: Limits): number {
  return delayMs + VERIFIED_MS;
}

export class DamageJudge implements AsyncDisposable {
  readonly #source: mysql.Connection;
  readonly #limits: Limits;
  /** What was still as it had been damaged when it was found or missed. */
  readonly #settled = new Set<DoneDamage>();

  private constructor(source: mysql.Connection, limits: Limits) {
    this.#source = source;
    this.#limits = limits;
  }

  static async open({ host, port, user, password, database }: Endpoint, limits: Limits): Promise<DamageJudge> {
    return new DamageJudge(await mysql.createConnection({ host, port, user, password, database }), limits);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.end();
  }

  /** To be asked again and again: whether a row was changed before it was found can be seen only then. */
  async judge(
    done: readonly DoneDamage[],
    cases: ReadonlyMap<string, readonly StoredCase[]>,
  ): Promise<readonly JudgedDamage[]> {
    const judged: JudgedDamage[] = [];
    for (const damage of done) {
      const found = cases.get(nameDamaged(damage))?.[0];
      const afterMs = found === undefined ? undefined : found.firstSeenMs - damage.atMs;
      const finder = this.#chooseFinder(damage);
      const isOverwritten = await this.#isOverwritten(damage);
      const isMissed = this.#limits.isCalm === true && Date.now() - damage.atMs > this.#limitOf(finder);
      if (!isOverwritten && (found !== undefined || isMissed)) {
        this.#settled.add(damage);
      }
      const foundBy = isOverwritten && !this.#settled.has(damage) ? 'overwritten' : finder;
      judged.push({ damage, foundBy, isOverwritten, found, afterMs });
    }
    return judged;
  }

  /**
   * How late a report may come, ms after the damage. A sweep that is on may have just passed the row: the next one begins
   * `sweepEveryMs` after it began, and comes to the row before it ends.
   */
  limitOf({ foundBy }: JudgedDamage): number {
    return this.#limitOf(foundBy);
  }

  #limitOf(finder: JudgedDamage['foundBy']): number {
    const { delayMs, sweepEveryMs, sweepMs = 0 } = this.#limits;
    return GRACE_MS + (finder === 'verifier' ? delayMs : sweepEveryMs + sweepMs);
  }

  #chooseFinder({ leaves, ageMs }: DoneDamage): 'verifier' | 'either' | 'sweep' {
    if (leaves === 'extra' || ageMs >= oldFromMs(this.#limits)) {
      return 'sweep';
    }
    return ageMs < newBelowMs(this.#limits) ? 'verifier' : 'either';
  }

  /** No change of the source names a row that is too many. */
  async #isOverwritten({ leaves, table, key, ver }: DoneDamage): Promise<boolean> {
    if (leaves === 'extra') {
      return false;
    }
    const where = Object.entries(key).map(([name, text]) => `${name} = ${text}`);
    const [rows] = await this.#source.query<RowDataPacket[]>(`SELECT ver FROM ${table} WHERE ${where.join(' AND ')}`);
    return rows[0] === undefined || String(rows[0]['ver']) !== ver;
  }
}

/** One line for the log of a drill. */
export function describeJudged({ damage, foundBy, found, afterMs }: JudgedDamage): string {
  const what = `${damage.kind}${damage.columns.length === 0 ? '' : ` of ${damage.columns.join()}`}`;
  const outcome =
    found === undefined
      ? 'not reported'
      : `${found.foundBy} reported ${found.kind} after ${afterMs} ms, ${found.end ?? found.state}${found.isRepaired ? ', repaired' : ''}`;
  return `${nameDamaged(damage)}: ${what}, expected of ${foundBy}: ${outcome}${found?.reason ? ` (${found.reason})` : ''}`;
}
