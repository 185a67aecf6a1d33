import type { UnwrittenTotal } from '../../protocol/message/supervisor-status.ts';
import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { formatCount } from './format-quantity.ts';
import { type Cell, type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { withState } from './with-state.ts';

export interface ColumnsClearOptions {
  readonly config: readonly string[];
  readonly pipeline: string;
  readonly table: string;
  readonly column: string;
}

/** One per column and partition; more than anybody reads. */
const MAX_RANGES = 10_000;

const COLUMNS: readonly Column[] = [
  { title: 'PIPELINE' },
  { title: 'TABLE' },
  { title: 'COLUMN' },
  { title: 'CHANGES', align: 'right' },
  { title: 'PARTITION', align: 'right' },
  { title: 'OFFSETS' },
  { title: 'COMMITTED (UTC)' },
];

/** From where the sinks keep them, so that it says what is there also without a supervisor. @param pipeline default: all */
export async function runColumnsList({ config, output }: ReadOptions, pipeline: string | undefined): Promise<number> {
  const columns = await withState(config, (state) => state.unwrittenColumns.list(MAX_RANGES));
  const chosen = columns.filter((one) => pipeline === undefined || one.pipeline === pipeline);
  await show(output, chosen, () => renderUnwritten(chosen));
  return EXIT.ok;
}

/** Forgets what was counted, when its values have been filled in. */
export async function runColumnsClear({ config, ...selection }: ColumnsClearOptions): Promise<number> {
  const found = await withState(config, (state) => state.unwrittenColumns.clear(selection, nameAuthor()));
  const { pipeline, table, column } = selection;
  process.stdout.write(`${found} ranges of ${pipeline} ${table}.${column} cleared\n`);
  return found > 0 ? EXIT.ok : EXIT.failed;
}

/** One line per partition; the columns of the first are not said again. */
export function renderUnwritten(columns: readonly UnwrittenTotal[]): string[] {
  return columns.length === 0
    ? ['no value of a source column was left out']
    : renderTable(COLUMNS, columns.flatMap(columnRows));
}

function columnRows({ pipeline, table, column, changes, firstCommitTime, lastCommitTime, ranges }: UnwrittenTotal) {
  return ranges.map(({ partition, firstOffset, lastOffset }, index): Cell[] => [
    { text: index === 0 ? withoutControls(pipeline) : '' },
    { text: index === 0 ? withoutControls(table) : '' },
    { text: index === 0 ? withoutControls(column) : '' },
    { text: index === 0 ? formatCount(changes) : '' },
    { text: String(partition) },
    { text: `${withoutControls(firstOffset)}..${withoutControls(lastOffset)}` },
    { text: index === 0 ? withoutControls(`${firstCommitTime ?? '?'} to ${lastCommitTime ?? '?'}`) : '' },
  ]);
}
