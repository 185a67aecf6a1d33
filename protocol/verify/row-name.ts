import type { Cell } from '../change/cell.ts';

/** One cell of a key: column and text, as a change record writes it. A key holds neither NULL nor a document. */
export type KeyCell = readonly [column: string, text: string];

/** Names one row of a replicated table on one shard of the target, and where it comes from. */
export interface RowName {
  /** Table at the source: the name in the settings of the pipeline. */
  readonly table: string;
  readonly shard: string;
  /** The encoded key of the row at the target (protocol/change/row-key.ts). */
  readonly rowKey: string;
  /** Cells of the key at the target, in its order. */
  readonly targetKey: readonly KeyCell[];
  /** Cells of the primary key at the source, in its order; empty when nothing tells them. */
  readonly sourceKey: readonly KeyCell[];
}

export function cellsOf(key: readonly KeyCell[]): readonly Cell[] {
  return key.map(([, text]) => text);
}
