/** Was every damage reported in time, repaired and closed, and nothing else? */
import mysql, { type RowDataPacket } from 'mysql2/promise';
import type { Endpoint } from '../../compare/endpoints.ts';
import { nameDamaged, type StoredCase } from './read-cases.ts';
import type { DoneDamage } from './saboteur.ts';

export interface Limits {
  readonly delayMs: number;
  readonly sweepEveryMs: number;
}

export interface JudgedDamage {
  readonly damage: DoneDamage;
  /** verifier: a change of the row was still to be verified · sweep: nothing else ever names the row · overwritten: a later change did */
  readonly foundBy: 'verifier' | 'sweep' | 'overwritten';
  /** The first one. */
  readonly found: StoredCase | undefined;
  /** From the damage to the report, ms. */
  readonly afterMs: number | undefined;
}

/** Binary logs tell commit times in whole seconds, so a change may count as up to one second older than it is. */
const STAMP_MS = 1_000;
/** For what lies between the damage and the look: the commit, the look at the clock. */
const MARGIN_MS = 300;
/** Behind the delay, or behind a sweep. */
const GRACE_MS = 10_000;

export class DamageJudge implements AsyncDisposable {
  readonly #source: mysql.Connection;
  readonly #limits: Limits;

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

  async judge(
    done: readonly DoneDamage[],
    cases: ReadonlyMap<string, readonly StoredCase[]>,
  ): Promise<readonly JudgedDamage[]> {
    const judged: JudgedDamage[] = [];
    for (const damage of done) {
      const found = cases.get(nameDamaged(damage))?.[0];
      const afterMs = found === undefined ? undefined : found.firstSeenMs - damage.atMs;
      judged.push({ damage, foundBy: await this.#chooseFinder(damage), found, afterMs });
    }
    return judged;
  }

  /** How late a report may come, ms after the damage; a sweep may have just passed the row. */
  limitOf({ foundBy }: JudgedDamage): number {
    const { delayMs, sweepEveryMs } = this.#limits;
    return GRACE_MS + (foundBy === 'verifier' ? delayMs : 2 * sweepEveryMs);
  }

  async #chooseFinder(damage: DoneDamage): Promise<JudgedDamage['foundBy']> {
    if (damage.leaves === 'extra') {
      return 'sweep';
    }
    const where = Object.entries(damage.key).map(([name, text]) => `${name} = ${text}`);
    const [rows] = await this.#source.query<RowDataPacket[]>(
      `SELECT ver FROM ${damage.table} WHERE ${where.join(' AND ')}`,
    );
    if (rows[0] === undefined || String(rows[0]['ver']) !== damage.ver) {
      return 'overwritten';
    }
    return damage.ageMs < this.#limits.delayMs - STAMP_MS - MARGIN_MS ? 'verifier' : 'sweep';
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
