/**
 * Puts each case among good records of one partition: 74 of other rows in front of its bad records and as many behind them,
 * all with one record key, and one of the bad record's own row before and one after.
 */
import { createHash } from 'node:crypto';
import type { BadCase, BadRecord, CaseRow, Site } from './bad-case.ts';
import type { RecordFormat } from './record-format.ts';

/** Of other rows, before the bad record and again behind it. */
const OTHERS = 74;
/** From the ids of one case to those of the next. */
export const ID_STEP = 1_000;
/** The first good row of a case; below are the rows of its bad records. */
const FIRST_GOOD = 100;

export interface PlacedCase {
  readonly bad: BadCase;
  readonly site: Site;
  /** Of the bad records. */
  readonly offsets: readonly bigint[];
  /** As they were sent, by showBytes(). */
  readonly values: readonly string[];
  readonly goodRows: readonly CaseRow[];
}

export interface PlacedCases {
  readonly cases: readonly PlacedCase[];
  /**
   * The partition in the order of its offsets, to be delivered one wave after the other. The bad record's own row has waves
   * of its own: in one batch its changes would be folded.
   */
  readonly waves: readonly (readonly BadRecord[])[];
}

export function placeCases(cases: readonly BadCase[], format: RecordFormat): PlacedCases {
  let position = 0;
  const nextPosition = () => {
    position += 10;
    return position;
  };
  const builders = cases.map(
    (bad, ordinal) =>
      new CaseBuilder(bad, { id: (ordinal + 1) * ID_STEP, table: bad.table.name, position: nextPosition }, format),
  );
  const before = builders.map((builder) => builder.buildBefore());
  const around = builders.map((builder) => builder.buildAround());
  const after = builders.map((builder) => builder.buildAfter());
  const placed: PlacedCase[] = [];
  let offset = before.length;
  for (const [ordinal, { front, bad, back }] of around.entries()) {
    const first = offset + front.length;
    placed.push(builders[ordinal]!.place(first, bad));
    offset = first + bad.length + back.length;
  }
  return {
    cases: placed,
    waves: [before, around.flatMap(({ front, bad, back }) => [...front, ...bad, ...back]), after],
  };
}

class CaseBuilder {
  readonly #bad: BadCase;
  readonly #site: Site;
  readonly #format: RecordFormat;
  readonly #key: string;

  constructor(bad: BadCase, site: Site, format: RecordFormat) {
    this.#bad = bad;
    this.#site = site;
    this.#format = format;
    this.#key = `case-${site.id}`;
  }

  buildBefore(): BadRecord {
    return this.#insert(this.#site.id, 'before');
  }

  buildAround() {
    const ids = this.#goodIds();
    const front = ids.slice(0, OTHERS).map((id) => this.#insert(id, 'good'));
    const bad = this.#bad.records(this.#site).map((record) => ({ key: this.#key, ...record }));
    const back = ids.slice(OTHERS).map((id) => this.#insert(id, 'good'));
    return { front, bad, back };
  }

  /** Not the whole row: what the bad record wrote, or did not, is left to be seen. */
  buildAfter(): BadRecord {
    const { id, table, position } = this.#site;
    const { keyRest = '' } = this.#bad.table;
    const image = (note: string) => `{"id":"${id}"${keyRest},"note":"${note}"}`;
    const change = { op: 'update', table, before: image('before'), after: image('after') } as const;
    return { key: this.#key, value: this.#format.write(change, position()) };
  }

  place(firstOffset: number, bad: readonly BadRecord[]): PlacedCase {
    return {
      bad: this.#bad,
      site: this.#site,
      offsets: bad.map((_, index) => BigInt(firstOffset + index)),
      values: bad.map(({ value }) => showBytes(value)),
      goodRows: this.#goodIds().map((id) => [String(id), this.#bad.table.goodValue, 'good']),
    };
  }

  #goodIds(): readonly number[] {
    return Array.from({ length: 2 * OTHERS }, (_, index) => this.#site.id + FIRST_GOOD + index);
  }

  #insert(id: number, note: string): BadRecord {
    const { table, position } = this.#site;
    const after = `{"id":"${id}",${this.#bad.table.good},"note":"${note}"}`;
    return { key: this.#key, value: this.#format.write({ op: 'insert', table, before: null, after }, position()) };
  }
}

/** Equal for equal bytes, and short also when those are millions. */
export function showBytes(value: string | Buffer | null): string {
  if (value === null) {
    return 'null';
  }
  const bytes = Buffer.from(value);
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
}
