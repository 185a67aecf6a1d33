/** A shard of a target in memory, under the overwrite guard, whose writes end as the test decides. */
import type { TableShape } from '../../actors/catalog/table-shape.ts';
import type { ShardChange, ShardWriter, TargetShard } from '../../actors/target/target-shard.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { cellsOf } from './sink-builders.ts';

/** The value that no shard accepts. */
export const REFUSED_VALUE = 'refused';

interface StoredRow {
  readonly cells: Readonly<Record<string, Cell>>;
  readonly seq: bigint;
}

export interface ShardFate {
  /** Turns of the event loop that the next write takes. */
  turns(): number;
  outcome(): 'written' | 'deadlock' | 'unknown';
}

export class MemoryShard implements TargetShard {
  readonly rows = new Map<string, StoredRow>();
  readonly name: string;
  readonly #table: TableShape;
  readonly #fate: ShardFate;

  constructor(name: string, table: TableShape, fate: ShardFate) {
    this.name = name;
    this.#table = table;
    this.#fate = fate;
  }

  async readTables(): Promise<ReadonlyMap<string, TableShape>> {
    return new Map([[this.#table.name, this.#table]]);
  }

  async takeFence(): Promise<{ readonly positioned: boolean }> {
    return { positioned: true };
  }

  async markPositioned(): Promise<void> {}

  openWriter(): ShardWriter {
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
        this.#write(changes);
      },
      close: async () => {
        isClosed = true;
      },
    };
  }

  async close(): Promise<void> {}

  #write(changes: readonly ShardChange[]): void {
    const outcome = this.#fate.outcome();
    if (outcome === 'deadlock') {
      throw new ReplicationError('ERG_3004', 'deadlock');
    }
    if (changes.some(({ image }) => image !== null && cellsOf(image)['v'] === REFUSED_VALUE)) {
      throw new ReplicationError('ERG_3201', 'too long');
    }
    for (const change of inWriteOrder(changes)) {
      this.#apply(change);
    }
    if (outcome === 'unknown') {
      throw new ReplicationError('ERG_3002', 'the connection ended during the commit');
    }
  }

  #apply({ keyCells, image, seq }: ShardChange): void {
    const key = String(keyCells[0]);
    const row = this.rows.get(key);
    const version = BigInt(seq);
    if (row !== undefined && row.seq > version) {
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
