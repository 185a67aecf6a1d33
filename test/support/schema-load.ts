/**
 * A source whose table changes while rows are written to it, as a model: what the rows are, and the change records that a
 * capture would have made of them. The load is seeded, so that a run can be done again.
 */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { propertySeed } from './property-seed.ts';
import { aRecord, deleted, inserted, type SinkRig, updated } from './sink-rig.ts';

export type Row = Readonly<Record<string, string | number | null>>;
/** A value of a column from a number below 2^32. */
export type ValueOf = (draw: number) => string | number | null;

const KEYS = 60;
/** Few enough that a value is soon another row's. */
const UNIQUE_VALUES = 2 * KEYS + 2;
const RECORDS_PER_TURN = 4;
const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 20;

export const text: ValueOf = (draw) => `n${draw % 100_000}`;
export const money: ValueOf = (draw) => `${draw % 10_000}.${String(draw % 100).padStart(2, '0')}00`;
export const integer: ValueOf = (draw) => draw % 1_000_000;

export class SchemaLoad {
  readonly #rig: SinkRig;
  readonly #columns = new Map<string, ValueOf>();
  readonly #rows = new Map<number, Row>();
  readonly #unique: string | undefined;
  readonly seed: number;
  #state: number;
  #position = 0;

  /** @param unique column of whose values no two rows have the same; they move from row to row */
  constructor(rig: SinkRig, columns: Readonly<Record<string, ValueOf>>, unique?: string) {
    this.#rig = rig;
    this.#unique = unique;
    this.#columns = new Map(Object.entries(columns));
    this.seed = propertySeed().seed ?? Date.now() >>> 0;
    this.#state = this.seed;
  }

  /** Of the source now, without the key. */
  get columns(): readonly string[] {
    return [...this.#columns.keys()];
  }

  /** By key; without the key itself. */
  get rows(): ReadonlyMap<number, Row> {
    return this.#rows;
  }

  /** At the source, as its own statement: rows that are there get the value without a row event. */
  addColumn(name: string, valueFrom: ValueOf, value: string | number | null = null): void {
    this.#columns.set(name, valueFrom);
    for (const [id, row] of this.#rows) {
      this.#rows.set(id, { ...row, [name]: value });
    }
  }

  dropColumn(name: string): void {
    this.#columns.delete(name);
    for (const [id, { [name]: _, ...row }] of this.#rows) {
      this.#rows.set(id, row);
    }
  }

  renameColumn(from: string, to: string): void {
    const valueFrom = this.#columns.get(from) ?? text;
    this.#columns.delete(from);
    this.#columns.set(to, valueFrom);
    for (const [id, { [from]: value = null, ...row }] of this.#rows) {
      this.#rows.set(id, { ...row, [to]: value });
    }
  }

  changeColumn(name: string, valueFrom: ValueOf): void {
    this.#columns.set(name, valueFrom);
  }

  async write(records: number): Promise<void> {
    for (let written = 0; written < records; written += RECORDS_PER_TURN) {
      for (let at = 0; at < RECORDS_PER_TURN; at += 1) {
        this.#writeOne();
      }
      await turn();
    }
  }

  /** Writes on while the work goes on, and a little after it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    let isOver = false;
    const working = work().finally(() => {
      isOver = true;
    });
    working.catch(() => {}); // the last line has it
    while (!isOver) {
      await this.write(RECORDS_PER_TURN);
      await this.#holdBack();
    }
    await this.write(100);
    return working;
  }

  /** Writes on until it is so. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    const deadlineAtMs = performance.now() + DEADLINE_MS;
    while (!(await isSo())) {
      if (performance.now() > deadlineAtMs) {
        throw new Error(`not so after ${DEADLINE_MS} ms (seed ${this.seed})`);
      }
      await this.write(RECORDS_PER_TURN);
      await this.#holdBack();
    }
  }

  /** Changes every row once, and waits until all is settled. */
  async finish(): Promise<void> {
    for (const id of [...this.#rows.keys()]) {
      this.#update(id);
    }
    await this.settled();
  }

  async settled(): Promise<void> {
    const { partition } = this.#rig;
    const late = sleep(DEADLINE_MS, 'late', { ref: false });
    if ((await Promise.race([partition.untilCommitted(partition.end), late])) === 'late') {
      const lanes = JSON.stringify(this.#rig.detail().lanes);
      throw new Error(`not settled after ${DEADLINE_MS} ms (seed ${this.seed}): ${lanes}`);
    }
  }

  /** A sink that falls behind would only make the test longer. */
  async #holdBack(): Promise<void> {
    const { partition } = this.#rig;
    while (Number(partition.end - (partition.committed?.offset ?? 0n)) > 3_000) {
      await sleep(LOOK_EVERY_MS);
    }
  }

  #writeOne(): void {
    const id = this.#draw() % KEYS;
    const before = this.#rows.get(id);
    const choice = this.#draw() % 10;
    if (before === undefined) {
      const after = this.#newRow();
      this.#rows.set(id, after);
      this.#append(id, inserted({ id, ...after }));
    } else if (choice === 0) {
      this.#rows.delete(id);
      this.#append(id, deleted({ id, ...before }));
    } else if (choice === 1) {
      this.#moveKey(id, before);
    } else {
      this.#update(id);
    }
  }

  #update(id: number): void {
    const before = this.#rows.get(id) ?? {};
    const after = this.#newRow();
    this.#rows.set(id, after);
    this.#append(id, updated({ id, ...before }, { id, ...after }));
  }

  /** The record key stays: it never changes for a row. */
  #moveKey(id: number, before: Row): void {
    const to = id + KEYS;
    const other = this.#rows.get(to);
    if (other === undefined) {
      const after = this.#newRow();
      this.#rows.delete(id);
      this.#rows.set(to, after);
      this.#append(id, updated({ id, ...before }, { id: to, ...after }));
    } else {
      this.#rows.delete(to);
      this.#append(id, deleted({ id: to, ...other }));
    }
  }

  #newRow(): Row {
    return Object.fromEntries(
      [...this.#columns].map(([name, valueFrom]) => [
        name,
        name === this.#unique ? this.#drawFree(name) : valueFrom(this.#draw()),
      ]),
    );
  }

  #drawFree(name: string): number {
    const taken = new Set([...this.#rows.values()].map((row) => row[name]));
    let value = this.#draw() % UNIQUE_VALUES;
    while (taken.has(value)) {
      value = (value + 1) % UNIQUE_VALUES;
    }
    return value;
  }

  #append(id: number, payload: Parameters<typeof aRecord>[2]): void {
    this.#position += 1;
    this.#rig.partition.append(aRecord(String(id % KEYS), this.#position, payload));
  }

  #draw(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state >>> 4;
  }
}
