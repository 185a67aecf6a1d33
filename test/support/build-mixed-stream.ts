/** Records of every kind for a sink on two shards by modulo: what they leave behind is known from how they were made. */
import type { SeededRandom } from '../../deploy/banana/seeded-random.ts';
import { aRecord, deleted, inserted, updated } from './sink-rig.ts';
import { row } from './sink-target.ts';

interface MixedRecord {
  readonly key: string;
  readonly value: string | null;
}

export interface MixedStream {
  readonly records: readonly MixedRecord[];
  /** Keys of the rows that are there in the end, by shard, in order. */
  readonly rows: readonly (readonly string[])[];
  /** Changes that nobody can apply. */
  readonly refused: number;
  readonly findings: number;
}

type Row = ReturnType<typeof row>;
type Payload = Parameters<typeof aRecord>[2];

/** Of records: a row has one and the same in all its changes. */
const RECORD_KEYS = 9;
/** Few per record key, so that changes of a row follow each other in a batch and in a record. */
const ROWS = 5;
const LONG = 'far too long a name';

export function buildMixedStream(random: SeededRandom, count: number): MixedStream {
  const maker = new Maker(random);
  const records = Array.from({ length: count }, () => maker.next());
  return { records, rows: maker.listRows(), refused: maker.refused, findings: maker.refused };
}

class Maker {
  refused = 0;
  readonly #random: SeededRandom;
  readonly #rows = new Map<number, Row>();
  #position = 0;
  #strangers = 1_000;
  #last: MixedRecord | undefined;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  next(): MixedRecord {
    const luck = this.#random.below(40);
    if (luck === 0) {
      return { key: 'k', value: null };
    }
    if (luck === 1) {
      this.refused += 1;
      return { key: 'k', value: '{"source":' };
    }
    if (luck === 2 && this.#last !== undefined) {
      return this.#last; // as a capture sends it again that was killed
    }
    this.#position += 10;
    const key = this.#random.below(RECORD_KEYS);
    const payloads = Array.from({ length: 1 + this.#random.below(4) }, () => this.#payload(key));
    this.#last = aRecord(String(key), this.#position, ...payloads);
    return this.#last;
  }

  listRows(): readonly (readonly string[])[] {
    const all = [...this.#rows.values()].toSorted((one, other) => one.id - other.id);
    return [0, 1].map((shard) => all.filter(({ seller }) => seller % 2 === shard).map(({ id }) => String(id)));
  }

  #payload(key: number): Payload {
    const luck = this.#random.below(20);
    if (luck === 0) {
      return inserted({ id: 1 }, 'elsewhere');
    }
    if (luck === 1) {
      return this.#refusable();
    }
    const id = this.#chooseRow(key);
    const before = this.#rows.get(id);
    if (before === undefined) {
      return inserted(this.#put({ ...row(id, this.#name()), seller: this.#random.below(8) }));
    }
    if (luck < 6) {
      this.#rows.delete(id);
      return deleted(before);
    }
    const to = luck < 9 ? this.#chooseRow(key) : id;
    const isTaken = to !== id && this.#rows.has(to);
    this.#rows.delete(id);
    return updated(
      before,
      this.#put({ ...before, id: isTaken ? id : to, name: this.#name(), seller: this.#random.below(8) }),
    );
  }

  #chooseRow(key: number): number {
    return 1 + key + RECORD_KEYS * this.#random.below(ROWS);
  }

  /** Of a row of its own, so that it is refused alone. */
  #refusable(): Payload {
    this.refused += 1;
    this.#strangers += 1;
    return this.#random.below(2) === 0 ? inserted(row(this.#strangers, LONG)) : inserted({ seller: 1, name: 'no key' });
  }

  #put(after: Row): Row {
    this.#rows.set(after.id, after);
    return after;
  }

  #name(): string {
    return `n${this.#random.below(1_000)}`;
  }
}
