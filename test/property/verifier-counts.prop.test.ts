/**
 * The figures of a verifier against a model that knows each change by itself: whatever is read first, again, or again in
 * part, each change is due once and has one outcome, and nothing is told as checked that was not.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OffsetLedger } from '../../actors/stream/offset-ledger.ts';
import { type CountedChange, SetAside } from '../../actors/verifier/set-aside.ts';
import { type Check, VerifierProgress } from '../../actors/verifier/verifier-progress.ts';
import { propertySeed } from '../support/property-seed.ts';

const OFFSETS = 12;
const KEYS = ['a', 'b'];
const OUTCOMES = ['equal', 'superseded', 'mismatches', 'refused', 'aside', 'suspect'] as const;
type Outcome = (typeof OUTCOMES)[number];

type Step =
  /** The next record is read for the first time. */
  | { readonly kind: 'first'; readonly outcomes: readonly Outcome[] }
  /** A range is read again; it may break off. */
  | { readonly kind: 'again'; readonly pick: number; readonly outcomes: readonly Outcome[]; readonly breaksAt: number }
  /** One that was superseded waits for a version that does not come. */
  | { readonly kind: 'missed' | 'proved' | 'given-up'; readonly pick: number };

const outcomes = fc.array(fc.constantFrom(...OUTCOMES), { minLength: 30, maxLength: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('first' as const), outcomes }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('again' as const), pick: fc.nat(), outcomes, breaksAt: fc.nat(40) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('missed', 'proved', 'given-up'), pick: fc.nat() }),
  },
);

interface Suspect {
  readonly check: Check;
  readonly isCounted: boolean;
}

interface Range {
  from: number;
  to: number;
  readonly aside: SetAside;
  /** Of what is read again, stored when it breaks off. */
  readFrom?: number;
}

/** The changes of one place, two in each record, and what has become of each. */
class Figures {
  readonly progress = new VerifierProgress();
  readonly #room: { left: number };
  readonly #first = new OffsetLedger(0, undefined);
  /** Undefined: not read yet. */
  readonly model = new Map<string, 'equal' | 'superseded' | 'mismatches' | 'unchecked' | 'suspect'>();
  /** With an outcome that tells something, of any reading. */
  readonly checked = new Set<string>();
  readonly #asideOf = new Map<string, Range>();
  #ranges: Range[] = [];
  #suspects: Suspect[] = [];
  #next = 0;

  constructor(names: number) {
    this.#room = { left: names };
  }

  play(one: Step): void {
    switch (one.kind) {
      case 'first':
        this.#readFirst(one.outcomes);
        break;
      case 'again':
        this.#readAgain(one);
        break;
      case 'missed':
        this.#miss(one.pick);
        break;
      case 'proved':
        this.#prove(this.#suspects[one.pick % this.#suspects.length], one.pick);
        break;
      case 'given-up':
        this.#giveUp(this.#ranges[one.pick % this.#ranges.length]);
    }
  }

  #giveUp(range: Range | undefined): void {
    range?.aside.dropNames();
    this.#ranges = this.#ranges.filter((other) => other !== range);
  }

  #readFirst(all: readonly Outcome[]): void {
    if (this.#next < OFFSETS) {
      for (const [index, key] of KEYS.entries()) {
        this.#check(this.#first, { offset: this.#next, payloadIndex: index, key }, all[index] ?? 'equal');
      }
      this.#next += 1;
    }
  }

  #readAgain({ pick, outcomes: all, breaksAt }: Extract<Step, { readonly kind: 'again' }>): void {
    const range = this.#ranges[pick % this.#ranges.length];
    if (range === undefined) {
      return;
    }
    this.#ranges = this.#ranges.filter((other) => other !== range); // what is noted meanwhile makes others
    const { from, readFrom = from } = range;
    const ledger = new OffsetLedger(readFrom, undefined);
    this.progress.readAgain(ledger, range.aside);
    let reads = 0;
    for (let offset = readFrom; offset <= range.to; offset += 1) {
      for (const [index, key] of KEYS.entries()) {
        if (reads === breaksAt) {
          this.#shorten(range, ledger, offset);
          this.#ranges.push(range);
          return;
        }
        this.#check(ledger, { offset, payloadIndex: index, key }, all[reads] ?? 'equal', range);
        reads += 1;
      }
    }
    for (const suspect of this.#suspects.filter(({ check }) => check.ledger === ledger)) {
      this.#prove(suspect, breaksAt); // it ends when all of it has an outcome
    }
    this.progress.forget(range.aside);
  }

  /** All in front of it has an outcome. */
  #shorten(range: Range, ledger: OffsetLedger, offset: number): void {
    if (!this.#suspects.some(({ check }) => check.ledger === ledger)) {
      range.readFrom = offset;
      range.aside.shorten();
    }
  }

  #check(ledger: OffsetLedger, change: CountedChange, outcome: Outcome, of?: Range): void {
    const name = nameOf(change);
    const isAside = of === undefined || this.#asideOf.get(name) === of;
    const check: Check = {
      ledger,
      slot: 0,
      record: { offset: BigInt(change.offset), key: null, value: null, timestampMs: -1 },
      payloadIndex: change.payloadIndex ?? 0,
      key: change.key ?? '',
    };
    this.progress.sawDue(check);
    if (isAside) {
      this.#asideOf.delete(name);
    }
    if (outcome === 'suspect') {
      this.#suspects.push({ check, isCounted: isAside });
      if (isAside) {
        this.model.set(name, 'suspect');
      }
    } else {
      this.#finish(check, outcome, isAside);
    }
  }

  #finish(check: Check, outcome: Exclude<Outcome, 'suspect'>, isCounted: boolean): void {
    const offset = Number(check.record.offset);
    const name = nameOf({ offset, ...check });
    if (outcome === 'aside') {
      const range = this.#rangeAt(offset);
      this.progress.setAside([check], range.aside);
      if (isCounted) {
        this.#asideOf.set(name, range);
      }
    } else {
      this.progress.sawOutcome(outcome === 'refused' ? 'unchecked' : outcome, [check]);
      if (outcome !== 'refused') {
        this.checked.add(name);
      }
    }
    if (isCounted) {
      this.model.set(name, outcome === 'refused' || outcome === 'aside' ? 'unchecked' : outcome);
    }
  }

  #rangeAt(offset: number): Range {
    const range = this.#ranges.find(({ from, to }) => offset >= from - 3 && offset <= to + 3) ?? {
      from: offset,
      to: offset,
      aside: new SetAside(this.#room),
    };
    range.from = Math.min(range.from, offset);
    range.readFrom = Math.min(range.readFrom ?? range.from, offset);
    range.to = Math.max(range.to, offset);
    if (!this.#ranges.includes(range)) {
      this.#ranges.push(range);
    }
    return range;
  }

  #miss(pick: number): void {
    const known = [...this.model].filter(([, outcome]) => outcome === 'superseded');
    const [name] = known[pick % known.length] ?? [];
    if (name !== undefined) {
      const [offset, payloadIndex, key = ''] = name.split('/');
      const range = this.#rangeAt(Number(offset));
      this.progress.miss([{ offset: Number(offset), payloadIndex: Number(payloadIndex), key }], range.aside);
      this.model.set(name, 'unchecked');
      this.checked.delete(name);
      this.#asideOf.set(name, range);
    }
  }

  #prove(one: Suspect | undefined, pick: number): void {
    if (one !== undefined) {
      this.#suspects = this.#suspects.filter((other) => other !== one);
      this.#finish(one.check, (['equal', 'mismatches', 'aside'] as const)[pick % 3] ?? 'equal', one.isCounted);
    }
  }

  count(outcome: string): number {
    return [...this.model.values()].filter((one) => one === outcome).length;
  }
}

function nameOf({ offset, payloadIndex, key }: CountedChange): string {
  return `${offset}/${payloadIndex}/${key}`;
}

test('each change is due once and has the outcome of its last check, however often its range is read', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const figures = new Figures(1_000);
      for (const one of steps) {
        figures.play(one);
        const { due, equal, superseded, mismatches, unchecked } = figures.progress.counts;
        expect({ due, equal, superseded, mismatches, unchecked, suspects: figures.progress.open }).toEqual({
          due: figures.model.size,
          equal: figures.count('equal'),
          superseded: figures.count('superseded'),
          mismatches: figures.count('mismatches'),
          unchecked: figures.count('unchecked'),
          suspects: figures.count('suspect'),
        });
      }
    }),
    { numRuns: Number(process.env['ERGATE_VERIFIER_RUNS'] ?? 500), ...propertySeed() },
  );
});

test('where there is no room for names nothing is told as checked that was not', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(5), (steps, names) => {
      const figures = new Figures(names);
      for (const one of steps) {
        figures.play(one);
        const { due, equal, superseded, mismatches, unchecked } = figures.progress.counts;
        expect(equal + superseded + mismatches + unchecked + figures.progress.open).toBe(due);
        expect(due).toBeLessThanOrEqual(figures.model.size);
        expect(equal + superseded + mismatches).toBeLessThanOrEqual(figures.checked.size);
        // What is counted no more was looked at.
        expect(unchecked + figures.progress.open).toBeGreaterThanOrEqual(figures.model.size - figures.checked.size);
      }
    }),
    { numRuns: Number(process.env['ERGATE_VERIFIER_RUNS'] ?? 500), ...propertySeed() },
  );
});
