/**
 * A recovery actor that is killed at any step and started anew, while its store is away now and then, looks fail and repairs go
 * wrong. When the faults end, every row that was reported is right and its case is closed.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { propertySeed } from '../support/property-seed.ts';
import { aMismatch, type Fate, RecoveryRig, type WorldRow } from '../support/recovery-rig.ts';

const RULES = { checkAfter: 5_000, reverifyAfter: 10_000, rowsPerSecond: 4, deletesPerHour: 1_000 };
const CHAOS_SECONDS = 60;
/** The longest wait before a retry and the proof of a repair; less than it takes until a lost claim runs out by itself. */
const CALM_SECONDS = 200;
const RUNS = Number(process.env['ERGATE_RECOVERY_RUNS'] ?? 200);

interface Chaos {
  readonly rows: readonly WorldRow[];
  /** Second at which each is reported first. */
  readonly reportedAt: readonly number[];
  /** Name of a step, and the how manieth of its kind, of all actors, the one at work is killed at. */
  readonly kills: readonly (readonly [step: string, nth: number])[];
  /** Method of the store, and the how manieth call of it fails before it has done anything. */
  readonly storeFailures: readonly (readonly [method: string, nth: number])[];
  readonly fates: readonly Fate[];
  readonly verdicts: readonly ('true' | 'moving' | 'unreadable')[];
  /** Seconds in which the breaker is open. */
  readonly outage: { readonly from: number; readonly seconds: number };
}

const ROW = fc.constantFrom<WorldRow>(
  { source: 'new', target: 'old' },
  { source: 'new', target: undefined },
  { source: undefined, target: 'rogue' },
);
const METHOD = fc.constantFrom('write', 'findNewest', 'listDue', 'getOpen', 'openIncident', 'listHeld', 'listClaimed');
const STEP = fc
  .constantFrom(
    'place',
    'report.find',
    'report.write',
    'due',
    'write',
    'read',
    'look',
    'repair',
    'orders.list',
    'findings.list',
  )
  .chain((name) => fc.constantFrom(`${name}.before`, `${name}.after`));

const CHAOS: fc.Arbitrary<Chaos> = fc.record({
  rows: fc.array(ROW, { minLength: 1, maxLength: 8 }),
  reportedAt: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 8, maxLength: 8 }),
  kills: fc.array(fc.tuple(STEP, fc.integer({ min: 1, max: 5 })), { maxLength: 8 }),
  storeFailures: fc.array(fc.tuple(METHOD, fc.integer({ min: 1, max: 30 })), { maxLength: 20, size: 'max' }),
  fates: fc.array(fc.constantFrom<Fate>('done', 'failed', 'refused', 'moving', 'unanswered', 'lost'), {
    maxLength: 12,
  }),
  verdicts: fc.array(fc.constantFrom('true', 'moving', 'unreadable'), { maxLength: 20 }),
  outage: fc.record({ from: fc.integer({ min: 0, max: 50 }), seconds: fc.integer({ min: 0, max: 20 }) }),
});

class Run {
  readonly rig = new RecoveryRig({ rules: RULES });
  readonly #chaos: Chaos;
  readonly #unreported = new Map<string, { readonly row: WorldRow; readonly from: number }>();
  /** Reports that are not answered yet. */
  readonly #asking = new Set<string>();
  readonly #steps = new Map<string, number>();
  readonly killedAt = new Set<string>();
  readonly #calls = new Map<string, number>();
  #looks = 0;
  #second = 0;
  #deadSince: number | undefined;

  constructor(chaos: Chaos) {
    this.#chaos = chaos;
    for (const [index, row] of chaos.rows.entries()) {
      this.rig.rows.set(String(index), row);
      this.#unreported.set(String(index), { row, from: chaos.reportedAt[index] ?? 0 });
    }
    this.rig.isKilledAt = (step) => this.#isKilledAt(step);
    this.rig.store.onCall = (method) => {
      const nth = (this.#calls.get(method) ?? 0) + 1;
      this.#calls.set(method, nth);
      if (chaos.storeFailures.some(([name, which]) => name === method && which === nth)) {
        throw new ReplicationError('ERG_5001', `${method}: away`);
      }
    };
    this.rig.fateOf = () => chaos.fates[this.rig.requests.length - 1] ?? 'done';
    this.rig.verdictOf = () => {
      this.#looks += 1;
      return chaos.verdicts[this.#looks - 1] ?? 'true';
    };
  }

  #isKilledAt(step: string): boolean {
    const nth = (this.#steps.get(step) ?? 0) + 1;
    this.#steps.set(step, nth);
    const isKilled = this.#chaos.kills.some(([name, which]) => name === step && which === nth);
    if (isKilled) {
      this.killedAt.add(step);
    }
    return isKilled;
  }

  async rage(): Promise<void> {
    for (; this.#second < CHAOS_SECONDS; this.#second += 1) {
      const { from, seconds } = this.#chaos.outage;
      const isAway = this.#second >= from && this.#second < from + seconds;
      this.rig.refusal = isAway ? new ReplicationError('ERG_3011', 'the breaker is open') : undefined;
      await this.#live();
    }
  }

  /** Nothing fails any more. @returns whether it came to an end */
  async calmDown(): Promise<boolean> {
    this.rig.refusal = undefined;
    this.rig.isKilledAt = () => false;
    this.rig.store.onCall = () => {};
    this.rig.fateOf = () => 'done';
    this.rig.verdictOf = () => 'true';
    const isOver = () => this.#unreported.size === 0 && this.rig.store.open.size === 0;
    for (let second = 0; second < CALM_SECONDS && !isOver(); second += 1) {
      this.#orderRepairs();
      await this.#live();
    }
    return isOver();
  }

  /** A row that was given up is right only when a person has it repaired. */
  #orderRepairs(): void {
    const ordered = new Set(this.rig.store.orders.map(({ caseId }) => caseId));
    const order = { verb: 'repair', reason: 'r', by: 'kim', runId: null, mayDelete: true, untilMs: null } as const;
    for (const { id, state } of this.rig.store.open.values()) {
      if (state === 'quarantined' && !ordered.has(id)) {
        this.rig.store.giveOrder({ ...order, caseId: id });
      }
    }
  }

  /** One second: whoever is dead is replaced after three, and what is not stored is reported again. */
  async #live(): Promise<void> {
    this.#deadSince = this.rig.isAlive ? undefined : (this.#deadSince ?? this.#second);
    if (this.#deadSince !== undefined && (this.#second - this.#deadSince >= 3 || this.#second === 0)) {
      this.rig.spawn();
    }
    for (const [key, { row, from }] of this.#unreported) {
      if (from <= this.#second && !this.#asking.has(key)) {
        void this.#report(key, row);
      }
    }
    await this.rig.pass(1);
    if (this.#second >= CHAOS_SECONDS - 1) {
      this.#second += 1;
    }
  }

  async #report(key: string, row: WorldRow): Promise<void> {
    this.#asking.add(key);
    if ((await this.rig.report([aMismatch(key, row)])) === 'OK') {
      this.#unreported.delete(key);
    }
    this.#asking.delete(key);
  }
}

test('whatever happens to a recovery actor, every reported row ends right, and its case closed', async () => {
  const killedAt = new Set<string>();
  await fc.assert(
    fc.asyncProperty(CHAOS, async (chaos) => {
      const run = new Run(chaos);
      await run.rage();
      const isOver = await run.calmDown();
      const { store, rows, overlaps } = run.rig;
      expect({ isOver, open: [...store.open.values()].map(({ state, reason }) => ({ state, reason })) }).toEqual({
        isOver: true,
        open: [],
      });
      for (const [index, { source }] of chaos.rows.entries()) {
        expect(rows.get(String(index))).toEqual({ source, target: source });
        expect(store.closed.filter((one) => one.case.row.rowKey === String(index))).not.toEqual([]);
      }
      expect(overlaps).toEqual([]);
      for (const step of run.killedAt) {
        killedAt.add(step);
      }
    }),
    { numRuns: RUNS, ...propertySeed() },
  );
  if (RUNS >= 200) {
    // Before and after every write, look and request of the usual way, some run was killed.
    for (const step of ['report.write', 'due', 'write', 'look', 'repair']) {
      expect([...killedAt]).toEqual(expect.arrayContaining([`${step}.before`, `${step}.after`]));
    }
  }
}, 60_000);
