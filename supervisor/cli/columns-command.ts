import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { UnwrittenTotal } from '../../protocol/message/supervisor-status.ts';
import { EXIT } from './exit-codes.ts';
import { formatCount } from './format-quantity.ts';
import { loadSettings } from './load-settings.ts';
import { type Cell, type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import { type ReadOptions, readStatus } from './status-command.ts';

export interface ColumnsClearOptions {
  readonly config: readonly string[];
  readonly pipeline: string;
  readonly table: string;
  readonly column: string;
}

const COLUMNS: readonly Column[] = [
  { title: 'PIPELINE' },
  { title: 'TABLE' },
  { title: 'COLUMN' },
  { title: 'CHANGES', align: 'right' },
  { title: 'PARTITION', align: 'right' },
  { title: 'OFFSETS' },
  { title: 'COMMITTED (UTC)' },
];

/** @param pipeline all of them when left out */
export async function runColumnsList({ config, output }: ReadOptions, pipeline: string | undefined): Promise<number> {
  const { unwrittenColumns } = await readStatus(loadSettings(config));
  const chosen = unwrittenColumns.filter((one) => pipeline === undefined || one.pipeline === pipeline);
  await show(output, chosen, () => renderUnwritten(chosen));
  return EXIT.ok;
}

/** Forgets what was counted, when its values have been filled in. */
export async function runColumnsClear({ config, ...selection }: ColumnsClearOptions): Promise<number> {
  const state = openStateDatabase(loadSettings(config).state);
  try {
    const found = await state.unwrittenColumns.clear(selection);
    const { pipeline, table, column } = selection;
    process.stdout.write(`${found} ranges of ${pipeline} ${table}.${column} cleared\n`);
    return found > 0 ? EXIT.ok : EXIT.failed;
  } finally {
    state.close();
  }
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
