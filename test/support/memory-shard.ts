/** A shard of a target in memory, under the overwrite guard, whose writes end as the test decides. */
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { FenceOwner, ShardChange, ShardWriter, TargetShard } from '../../actors/target/target-shard.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { LateParent } from './late-parent.ts';
import { cellsOf } from './sink-builders.ts';

/** The value that no shard accepts. */
export const REFUSED_VALUE = 'refused';

export interface StoredRow {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly seq: bigint;
}

export interface ShardFate {
  /** Turns of the event loop that the next write takes. */
  turns(): number;
  outcome(): 'written' | 'deadlock' | 'unknown';
  readonly parents?: LateParent | undefined;
}

export class MemoryShard implements TargetShard {
  /** By key; those of further tables by table/key. */
  readonly rows = new Map<string, StoredRow>();
  /** What each transaction left of each row that it wrote, in order. */
  readonly shown: { readonly key: string; readonly row: StoredRow | undefined }[] = [];
  readonly name: string;
  /** Nobody can reach it. */
  isAway = false;
  /** A sink of the partition has committed a position before. */
  isPositioned = true;
  /** Tables that are not there now. */
  readonly missing = new Set<string>();
  #fence = 0;
  readonly #tables: readonly TableShape[];
  readonly #fate: ShardFate;

  constructor(name: string, tables: TableShape | readonly TableShape[], fate: ShardFate) {
    this.name = name;
    this.#tables = [tables].flat();
    this.#fate = fate;
  }

  async readTables(): Promise<ReadonlyMap<string, TableShape>> {
    this.#throwIfAway();
    const present = this.#tables.filter(({ name }) => !this.missing.has(name));
    return new Map(present.map((table) => [table.name, table]));
  }

  async takeFence({ epoch }: FenceOwner): Promise<{ readonly positioned: boolean }> {
    this.#throwIfAway();
    this.#throwIfOlder(epoch);
    this.#fence = epoch;
    return { positioned: this.isPositioned };
  }

  #throwIfOlder(epoch: number): void {
    if (epoch < this.#fence) {
      throw new ReplicationError('ERG_3101', `expected an owner of at least ${this.#fence}, got ${epoch}`);
    }
  }

  #throwIfAway(): void {
    if (this.isAway) {
      throw new ReplicationError('ERG_3001', 'nobody answers');
    }
  }

  findRefusal(): undefined {}

  async markPositioned(): Promise<void> {
    this.#throwIfAway();
    this.isPositioned = true;
  }

  openWriter({ epoch }: FenceOwner): ShardWriter {
    let isClosed = false;
    const throwIfClosed = () => {
      if (isClosed) {
        throw new ReplicationError('ERG_9001', 'the writer is closed');
      }
    };
    return {
      write: async (changes) => {
        await passTurns(this.#fate.turns());
        throwIfClosed();
        this.#throwIfAway();
        this.#throwIfOlder(epoch);
        if (epoch > this.#fence) {
          throw new ReplicationError('ERG_3102', `the fence of ${epoch} was never taken`);
        }
        this.#write(changes);
      },
      close: async () => {
        isClosed = true;
      },
    };
  }

  async close(): Promise<void> {}

  /** Of a row, in `rows`. */
  keyOf(table: string, key: Cell | undefined): string {
    return table === this.#tables[0]?.name ? String(key) : `${table}/${key}`;
  }

  #write(changes: readonly ShardChange[]): void {
    const gone = changes.find(({ table }) => this.missing.has(table.name));
    if (gone !== undefined) {
      throw new ReplicationError('ERG_3402', `table ${gone.table.name} does not exist`);
    }
    const outcome = this.#fate.outcome();
    if (outcome === 'deadlock') {
      throw new ReplicationError('ERG_3004', 'deadlock');
    }
    if (changes.some(({ image }) => image !== null && cellsOf(image)['v'] === REFUSED_VALUE)) {
      throw new ReplicationError('ERG_3201', 'too long');
    }
    const { parents } = this.#fate;
    if (changes.some(({ key }) => parents?.isMissing(key))) {
      throw new ReplicationError('ERG_3206', 'no parent');
    }
    for (const change of inWriteOrder(changes)) {
      this.#apply(change);
      parents?.sawWritten(change.key);
    }
    for (const key of new Set(changes.map(({ keyCells }) => String(keyCells[0])))) {
      this.shown.push({ key, row: this.rows.get(key) });
    }
    if (outcome === 'unknown') {
      throw new ReplicationError('ERG_3002', 'the connection ended during the commit');
    }
  }

  #apply({ table, keyCells, image, seq, replaces }: ShardChange): void {
    const key = this.keyOf(table.name, keyCells[0]);
    const row = this.rows.get(key);
    const version = BigInt(seq);
    if (row !== undefined && row.seq > version && String(row.seq) !== replaces) {
      return;
    }
    if (image === null) {
      this.rows.delete(key);
    } else {
      this.rows.set(key, { cells: { ...row?.cells, ...cellsOf(image) }, seq: version });
    }
  }
}

/** Deletes first where the order between rows does not matter, as the write plan does. */
function inWriteOrder(changes: readonly ShardChange[]): readonly ShardChange[] {
  if (changes.some(({ table }) => table.uniqueIndexes.length > 0)) {
    return changes;
  }
  return [...changes.filter(({ image }) => image === null), ...changes.filter(({ image }) => image !== null)];
}

export async function passTurns(turns: number): Promise<void> {
  for (let left = turns; left > 0; left -= 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
