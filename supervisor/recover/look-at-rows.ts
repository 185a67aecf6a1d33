/** What a repair of rows would do, as both sides are now. Nothing is written. */
import type { RowVerdict, RowWitness } from '../../actors/row/row-witness.ts';
import type { RunAction, RunItem } from '../../actors/state/run-store.ts';
import { unreachable } from '../../protocol/errors/unreachable.ts';

export interface LookedRow {
  readonly item: RunItem;
  /** Columns that are wrong; empty unless the row is to be updated. */
  readonly columns: readonly string[];
  /** Why nothing can be told of it; '' otherwise. */
  readonly note: string;
}

export type WantedRow = Omit<RunItem, 'action'>;

export interface LookOptions {
  readonly witness: RowWitness;
  /** More rows than this are looked at in part: some from the whole of them, evenly. */
  readonly maxLooks: number;
  /** Called with the number of rows that have been looked at. */
  readonly onLooked?: ((looked: number) => void) | undefined;
}

const ROWS_PER_LOOK = 500;

/** @returns in the order of the rows */
export async function lookAtRows(rows: readonly WantedRow[], options: LookOptions): Promise<readonly LookedRow[]> {
  const { witness, maxLooks, onLooked } = options;
  const chosen = new Set(chooseEvenly(rows, maxLooks));
  const looked = new Map<WantedRow, LookedRow>();
  const toLook = rows.filter((row) => chosen.has(row));
  for (let start = 0; start < toLook.length; start += ROWS_PER_LOOK) {
    const batch = toLook.slice(start, start + ROWS_PER_LOOK);
    const verdicts = await witness.look(batch.map(({ row }) => row));
    for (const [index, row] of batch.entries()) {
      const verdict = verdicts[index];
      looked.set(row, verdict === undefined ? unseen(row) : judge(row, verdict));
    }
    onLooked?.(start + batch.length);
  }
  return rows.map((row) => looked.get(row) ?? unseen(row));
}

function chooseEvenly<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) {
    return all;
  }
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)] as T); // below its length
}

function judge(wanted: WantedRow, verdict: RowVerdict): LookedRow {
  const as = (action: RunAction, columns: readonly string[] = [], note = ''): LookedRow => ({
    item: { ...wanted, action },
    columns,
    note,
  });
  switch (verdict.kind) {
    case 'equal':
      return as('equal');
    case 'moving':
      return as('moving');
    case 'unreadable':
      return as('unreadable', [], verdict.error.message);
    case 'different':
      return as(
        ({ missing: 'insert', extra: 'delete', different: 'update' } as const)[verdict.mismatch],
        verdict.columns,
      );
    default:
      return unreachable(verdict);
  }
}

function unseen(wanted: WantedRow): LookedRow {
  return { item: { ...wanted, action: 'unseen' }, columns: [], note: '' };
}
