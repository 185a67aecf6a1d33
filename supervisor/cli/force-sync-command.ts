/** One row, now, by a person. */
import type { ForceSyncAnswer, SyncedRow } from '../../protocol/message/force-sync-message.ts';
import type { KeyCell } from '../../protocol/verify/row-name.ts';
import { forceSync } from '../recover/force-sync.ts';
import { SupervisorClient } from './ask-supervisor.ts';
import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { type Cell, type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { withState } from './with-state.ts';

export interface ForceSyncOptions extends ReadOptions {
  readonly pipeline: string;
  readonly table: string;
  readonly key: readonly KeyCell[];
  readonly reason: string;
  readonly delete?: boolean;
}

const DONE: ReadonlySet<string> = new Set(['equal', 'written', 'deleted']);

const COLUMNS: readonly Column[] = [
  { title: 'SHARD' },
  { title: 'PARTITION', align: 'right' },
  { title: 'OUTCOME' },
  { title: 'COLUMNS' },
  { title: 'VERSION', align: 'right' },
  { title: 'MESSAGE' },
];

/** @returns failed when the row is not, or not surely, as its source row says */
export async function runForceSync(options: ForceSyncOptions): Promise<number> {
  const { config, output, pipeline, table, key, reason, delete: mayDelete = false } = options;
  const order = { pipeline, table, key, mayDelete, reason, by: nameAuthor() };
  const { rows, compared } = await withState(config, async ({ audit }, settings): Promise<ForceSyncAnswer> => {
    await using cleanUp = new AsyncDisposableStack();
    let client: SupervisorClient | undefined;
    return await forceSync(order, {
      settings,
      audit,
      ask: async (place, request) => {
        client ??= cleanUp.adopt(await SupervisorClient.open(settings), (opened) => opened.close());
        return client.repair(place, request);
      },
    });
  });
  await show(output, rows, () => renderSynced(rows, compared));
  return rows.every(({ outcome }) => DONE.has(outcome)) ? EXIT.ok : EXIT.failed;
}

/** Without values of the row as it was: those are for programs. */
export function renderSynced(rows: readonly SyncedRow[], compared: number): string[] {
  if (rows.length === 0) {
    return compared === 0
      ? ['no row has this key, neither at the source nor on a shard: nothing was done']
      : ['the row is as its source row says, on all shards'];
  }
  const lines = rows.map(({ shard, partition, outcome, columns, seq, message }): Cell[] =>
    [shard, String(partition), outcome, columns.join(', '), seq ?? '', message].map((text) => ({
      text: withoutControls(text),
    })),
  );
  return renderTable(COLUMNS, lines);
}
