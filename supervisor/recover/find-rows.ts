/** The rows of a table that a plan is about, by their keys: read on both sides, those that differ at first sight. */
import type { Chunk, ChunkMeans, SweepSpan } from '../../actors/sweeper/chunk.ts';
import { firstPlace, readChunk } from '../../actors/sweeper/read-chunk.ts';
import type { RowOwner } from '../../actors/sweeper/row-owner.ts';
import type { SweepPlace } from '../../actors/sweeper/sweep-place.ts';
import type { SweepSides } from '../../actors/sweeper/sweep-sides.ts';
import { type SweptTable, TableWatch } from '../../actors/sweeper/swept-table.ts';
import type { Cell } from '../../protocol/change/cell.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import type { WantedRow } from './look-at-rows.ts';

/** Keys by the primary key of the source. */
export type KeyChoice =
  | { readonly kind: 'keys'; readonly keys: readonly (readonly KeyPart[])[] }
  /** Undefined: from the first, to the last. Both ends are included. */
  | { readonly kind: 'range'; readonly from: readonly Cell[] | undefined; readonly to: readonly Cell[] | undefined };

/** Without a column: by its place in the key. */
export type KeyPart = readonly [column: string | undefined, text: string];

export interface FoundRows {
  readonly rows: readonly WantedRow[];
  /** Rows that were compared, on either side. */
  readonly compared: number;
  /** Rows that are wrong, but nothing tells whose they are or where they belong. */
  readonly unowned: number;
}

export interface FindRowsOptions {
  readonly settings: PipelineSettings;
  readonly sides: SweepSides;
  readonly owner: RowOwner;
  /** @throws ReplicationError ERG_5006 when there are more */
  readonly maxRows: number;
}

const ROWS_PER_CHUNK = 500;

/** @throws ReplicationError ERG_5006 of a table or key that is not there; as the readers */
export async function findRows(table: string, choice: KeyChoice, options: FindRowsOptions): Promise<FoundRows> {
  const { settings, sides, owner, maxRows } = options;
  const swept = await readTable(table, settings, sides);
  // By their names: two keys may be one row in the collation of the table.
  const rows = new Map<string, WantedRow>();
  let compared = 0;
  let unowned = 0;
  const means = { sides, table: swept, owner, limit: ROWS_PER_CHUNK };
  for await (const chunk of readChunks(means, listSpans(swept, choice))) {
    for (const { row, owner: partition } of chunk.candidates) {
      if (partition === undefined) {
        unowned += 1;
      } else {
        rows.set(JSON.stringify([row.shard, row.rowKey]), { row, partition, caseId: null });
      }
    }
    compared += Math.max(chunk.rows, chunk.targetRows);
    unowned += chunk.unplaced;
    if (rows.size > maxRows) {
      throw new ReplicationError('ERG_5006', `a plan takes at most ${maxRows} rows; choose fewer`);
    }
  }
  return { rows: [...rows.values()], compared, unowned };
}

async function readTable(table: string, { tables }: PipelineSettings, sides: SweepSides): Promise<SweptTable> {
  const own = Object.hasOwn(tables, table) ? tables[table] : undefined;
  if (own === undefined) {
    const known = Object.keys(tables).join(', ');
    throw new ReplicationError('ERG_5006', `the pipeline has no table ${table}; it has ${known}`);
  }
  return new TableWatch(sides, table, own).read();
}

async function* readChunks(means: Omit<ChunkMeans, 'span'>, spans: readonly SweepSpan[]): AsyncGenerator<Chunk> {
  for (const span of spans) {
    let place: SweepPlace | undefined = firstPlace(means.table, span);
    while (place !== undefined) {
      const chunk: Chunk = await readChunk({ ...means, span }, place);
      yield chunk;
      place = chunk.next;
    }
  }
}

function listSpans(table: SweptTable, choice: KeyChoice): readonly SweepSpan[] {
  if (choice.kind === 'range') {
    const [from, through] = [choice.from, choice.to].map((key) => (key === undefined ? key : checkLength(table, key)));
    return [{ from, through }];
  }
  return choice.keys.map((parts) => {
    const key = arrange(table, parts);
    return { from: key, through: key };
  });
}

function arrange(table: SweptTable, parts: readonly KeyPart[]): readonly Cell[] {
  const columns = table.source.primaryKey;
  const named = new Map(parts.map(([column, text], index) => [column ?? columns[index], text]));
  const key = columns.flatMap((column) => named.get(column) ?? []);
  if (parts.length !== columns.length || key.length !== columns.length) {
    throw wrongKey(table, parts.map(([column, text]) => (column === undefined ? text : column)).join(', '));
  }
  return key;
}

function checkLength(table: SweptTable, key: readonly Cell[]): readonly Cell[] {
  if (key.length !== table.source.primaryKey.length) {
    throw wrongKey(table, `${key.length} values`);
  }
  return key;
}

function wrongKey({ name, source }: SweptTable, got: string): ReplicationError {
  return new ReplicationError(
    'ERG_5006',
    `table ${name}: expected a key of ${source.primaryKey.join(', ')}, got ${got}`,
  );
}
