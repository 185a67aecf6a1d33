/**
 * A shard of a target in memory that keeps its rows as a server does: writers run at the same time, statement by statement;
 * a row and a unique value belong to the transaction that touched them until it ends; each statement is refused when a
 * value of a further unique index is taken. What a commit leaves of a row is told to whoever watches.
 */
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import { planWrite } from '../../actors/target/plan-write.ts';
import type { ShardChange, ShardWriter, TargetShard } from '../../actors/target/target-shard.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Interleaving } from './interleaving.ts';
import { cellsOf } from './sink-builders.ts';

export interface HeldRow {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly seq: bigint;
}

export interface LockingShardOptions {
  readonly name: string;
  readonly table: TableShape;
  readonly turns: Interleaving;
  /** What becomes of a transaction whose statements all went well. */
  readonly outcome: () => 'committed' | 'deadlock' | 'lost' | 'lost after the commit';
  /** Whether a foreign key refuses the row now. */
  readonly lacksParent?: (key: string) => boolean;
  /** The row after a commit that touched it; undefined when there is none. */
  readonly onCommitted: (key: string, row: HeldRow | undefined) => void;
}

/** Kinds of statements: planWrite groups by the object. */
const DELETES = { order: 'delete' } as const;
const UPSERTS = { order: 'upsert' } as const;
const IN_ORDER = { order: 'as-given' } as const;

class Transaction {
  readonly locks = new Set<string>();
  /** As they were before it. */
  readonly before = new Map<string, HeldRow | undefined>();
  waitsFor: Transaction | undefined;
  readonly #ended = Promise.withResolvers<void>();
  readonly ended = this.#ended.promise;
  readonly end = this.#ended.resolve;
}

export class LockingShard implements TargetShard {
  readonly rows = new Map<string, HeldRow>();
  readonly name: string;
  readonly #options: LockingShardOptions;
  readonly #ownerOf = new Map<string, Transaction>();
  readonly #writers = new Set<{ isClosed: boolean }>();

  constructor(options: LockingShardOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async readTables(): Promise<ReadonlyMap<string, TableShape>> {
    const { table } = this.#options;
    return new Map([[table.name, table]]);
  }

  findRefusal(): undefined {
    return undefined;
  }

  /** What an older owner has under way is rolled back, as its sessions are ended. */
  async takeFence(): Promise<{ readonly positioned: boolean }> {
    for (const writer of this.#writers) {
      writer.isClosed = true;
    }
    return { positioned: true };
  }

  async markPositioned(): Promise<void> {}

  openWriter(): ShardWriter {
    const writer = { isClosed: false };
    this.#writers.add(writer);
    return {
      write: async (changes) => this.#write(changes, writer),
      close: async () => {
        writer.isClosed = true;
      },
    };
  }

  async close(): Promise<void> {}

  async #write(changes: readonly ShardChange[], writer: { readonly isClosed: boolean }): Promise<void> {
    const transaction = new Transaction();
    const isOrdered = this.#options.table.uniqueIndexes.length > 0;
    const steps = planWrite(changes, ({ image }) => (isOrdered ? IN_ORDER : image === null ? DELETES : UPSERTS));
    try {
      for (const change of steps.flatMap((step) => step.changes)) {
        await this.#lock(transaction, change);
        throwIfClosed(writer);
        this.#apply(transaction, change, changes.indexOf(change));
      }
      await this.#options.turns.turn();
      throwIfClosed(writer);
      this.#finish(transaction);
    } catch (error) {
      for (const [key, row] of transaction.before) {
        this.#set(key, row);
      }
      throw error;
    } finally {
      for (const lock of transaction.locks) {
        this.#ownerOf.delete(lock);
      }
      transaction.end();
    }
  }

  /** The fate is drawn at the end: a transaction that fails has held its locks all the time. */
  #finish(transaction: Transaction): void {
    const outcome = this.#options.outcome();
    if (outcome === 'deadlock') {
      throw new ReplicationError('ERG_3004', 'deadlock');
    }
    if (outcome === 'lost') {
      throw new ReplicationError('ERG_3002', 'the connection ended during the commit');
    }
    for (const key of transaction.before.keys()) {
      this.#options.onCommitted(key, this.rows.get(key));
    }
    transaction.before.clear();
    if (outcome === 'lost after the commit') {
      throw new ReplicationError('ERG_3002', 'the connection ended during the commit');
    }
  }

  /** Waits until the row and the unique values, those it has and those it gets, are free. */
  async #lock(transaction: Transaction, change: ShardChange): Promise<void> {
    const key = keyOf(change);
    for (;;) {
      await this.#options.turns.turn();
      const wanted = [`row ${key}`, ...this.#uniqueValuesOf(change), ...this.#uniqueValuesOf(this.rows.get(key))];
      const holder = wanted
        .map((lock) => this.#ownerOf.get(lock))
        .find((owner) => (owner ?? transaction) !== transaction);
      if (holder === undefined) {
        for (const lock of wanted) {
          transaction.locks.add(lock);
          this.#ownerOf.set(lock, transaction);
        }
        return;
      }
      await waitFor(holder, transaction);
    }
  }

  #uniqueValuesOf(row: HeldRow | ShardChange | undefined): readonly string[] {
    const cells = row === undefined ? {} : 'cells' in row ? row.cells : row.image === null ? {} : cellsOf(row.image);
    return this.#options.table.uniqueIndexes.flatMap(({ name, columns }) => {
      const values = columns.map((column) => cells[column] ?? null);
      return values.includes(null) ? [] : [`${name} ${values.join()}`];
    });
  }

  #apply(transaction: Transaction, change: ShardChange, changeIndex: number): void {
    const key = keyOf(change);
    const row = this.rows.get(key);
    const seq = BigInt(change.seq);
    if (row !== undefined && row.seq > seq && String(row.seq) !== change.replaces) {
      return;
    }
    if (change.image !== null && this.#options.lacksParent?.(key) === true) {
      throw new ReplicationError('ERG_3206', `row ${key} has no parent`, { context: { changeIndex } });
    }
    const next = change.image === null ? undefined : { cells: { ...row?.cells, ...cellsOf(change.image) }, seq };
    const values = this.#uniqueValuesOf(next);
    for (const [other, held] of this.rows) {
      if (other !== key && this.#uniqueValuesOf(held).some((value) => values.includes(value))) {
        throw new ReplicationError('ERG_3207', `row ${key}: row ${other} has its value`, { context: { changeIndex } });
      }
    }
    if (!transaction.before.has(key)) {
      transaction.before.set(key, row);
    }
    this.#set(key, next);
  }

  #set(key: string, row: HeldRow | undefined): void {
    if (row === undefined) {
      this.rows.delete(key);
    } else {
      this.rows.set(key, row);
    }
  }
}

/** @throws ReplicationError ERG_3004 when the other waits for this one */
async function waitFor(holder: Transaction, transaction: Transaction): Promise<void> {
  for (let other: Transaction | undefined = holder; other !== undefined; other = other.waitsFor) {
    if (other === transaction) {
      throw new ReplicationError('ERG_3004', 'deadlock');
    }
  }
  transaction.waitsFor = holder;
  await holder.ended;
  transaction.waitsFor = undefined;
}

function throwIfClosed({ isClosed }: { readonly isClosed: boolean }): void {
  if (isClosed) {
    throw new ReplicationError('ERG_9001', 'the writer is closed');
  }
}

function keyOf({ keyCells }: ShardChange): string {
  return String(keyCells[0]);
}
