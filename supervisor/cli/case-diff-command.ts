import { arrangeKey } from '../../actors/row/derive-source-key.ts';
import type { StoredRow } from '../../actors/row/row-reader.ts';
import type { RowVerdict } from '../../actors/row/row-witness.ts';
import type { SweepSides } from '../../actors/sweeper/sweep-sides.ts';
import { JsonDocument, type Cell as Value } from '../../protocol/change/cell.ts';
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import type { RowName } from '../../protocol/verify/row-name.ts';
import { openRowSides } from '../open-row-sides.ts';
import { EXIT } from './exit-codes.ts';
import { type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { withState } from './with-state.ts';

/** One column on all sides; undefined: the side has no row, or no such column. */
interface DiffColumn {
  readonly column: string;
  readonly source: Value | undefined;
  readonly expected: Value | undefined;
  readonly actual: Value | undefined;
  readonly differs: boolean;
}

interface RowDiff {
  readonly table: string;
  readonly shard: string;
  readonly verdict: RowVerdict['kind'];
  /** missing, extra or different; why it cannot be told; '' when nothing is to be said. */
  readonly note: string;
  readonly columns: readonly DiffColumn[];
}

const COLUMNS: readonly Column[] = [
  { title: 'COLUMN' },
  { title: 'SOURCE NOW' },
  { title: 'SHOULD BE' },
  { title: 'IS' },
  { title: '' },
];

/** unreadable, moving: another time, perhaps */
const EXIT_OF: Readonly<Record<RowVerdict['kind'], number>> = {
  equal: EXIT.ok,
  different: EXIT.failed,
  moving: EXIT.unavailable,
  unreadable: EXIT.unavailable,
};

/** Values go to the terminal of who asks, and nowhere else. */
export async function runCaseDiff(
  id: bigint,
  { config, output, differingOnly }: ReadOptions & { readonly differingOnly?: boolean },
): Promise<number> {
  const diff = await withState(config, async (state, settings) => {
    const one = (await state.caseDesk.find(id, 1))?.case;
    const pipeline = one === undefined ? undefined : settings.pipelines[one.pipeline];
    if (one === undefined || pipeline === undefined || one.row.targetKey.length === 0) {
      const why =
        one === undefined ? 'there is no such case' : 'its row is not known, or its pipeline is not in the settings';
      process.stderr.write(`case ${id}: ${why}\n`);
      return undefined;
    }
    const sides = openRowSides(settings, pipeline);
    try {
      return await readDiff(sides, one.row);
    } finally {
      sides.close();
    }
  });
  if (diff === undefined) {
    return EXIT.noInput;
  }
  const shown = differingOnly === true ? { ...diff, columns: diff.columns.filter(({ differs }) => differs) } : diff;
  await show(output, shown, () => renderDiff(shown));
  return EXIT_OF[diff.verdict];
}

async function readDiff(sides: SweepSides, row: RowName): Promise<RowDiff> {
  const [verdict] = await sides.witness.look([row]);
  const about = { table: row.table, shard: row.shard };
  switch (verdict?.kind) {
    case 'different': {
      const source = await readSource(sides, row);
      const columns = buildDiff(source?.image, verdict.expected, verdict.actual, new Set(verdict.columns));
      return { ...about, verdict: verdict.kind, note: verdict.mismatch, columns };
    }
    case 'unreadable':
      return { ...about, verdict: verdict.kind, note: verdict.error.message, columns: [] };
    default:
      return { ...about, verdict: verdict?.kind ?? 'moving', note: '', columns: [] };
  }
}

/** As it is at this moment: the look that decided has seen it just before. */
async function readSource({ source }: SweepSides, { table, sourceKey }: RowName): Promise<StoredRow | undefined> {
  await source.shapes.renew();
  const shape = source.shapes.find(table);
  const key = shape === undefined ? undefined : arrangeKey(shape.primaryKey, sourceKey);
  if (shape === undefined || key === undefined) {
    return undefined;
  }
  return [...(await source.reader.readMany(shape, [key])).values()][0];
}

/** Columns at the target first, in their order; then those that only the source has. */
function buildDiff(
  source: RowImage | undefined,
  expected: RowImage | null,
  actual: RowImage | null,
  wrong: ReadonlySet<string>,
): readonly DiffColumn[] {
  const images = [actual, expected, source].filter((image) => image !== null && image !== undefined);
  const names = new Set(images.flatMap(({ layout }) => layout.names));
  const find = (image: RowImage | null | undefined, column: string) =>
    image === null || image === undefined ? undefined : findCell(image, column);
  return [...names].map((column) => ({
    column,
    source: find(source, column),
    expected: find(expected, column),
    actual: find(actual, column),
    differs: wrong.has(column),
  }));
}

function renderDiff({ table, shard, verdict, note, columns }: RowDiff): string[] {
  const says = {
    equal: 'is as its source row says',
    moving: 'changes at the source at this moment; look again',
    different: `is wrong: ${note}`,
    unreadable: `cannot be told: ${note}`,
  }[verdict];
  const head = withoutControls(`${table} on ${shard} ${says}`);
  if (columns.length === 0) {
    return [head];
  }
  const rows = columns.map(({ column, source, expected, actual, differs }) =>
    [column, ...[source, expected, actual].map(formatValue), differs ? 'differs' : ''].map((text) => ({
      text: withoutControls(text),
    })),
  );
  return [head, '', ...renderTable(COLUMNS, rows)];
}

/** Texts in quotes, so that nothing at their ends is overlooked. */
function formatValue(value: Value | undefined): string {
  if (value === undefined) {
    return '-';
  }
  if (value === null) {
    return 'NULL';
  }
  return value instanceof JsonDocument ? value.text : JSON.stringify(value);
}
