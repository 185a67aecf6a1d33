import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { asDocument, choosePipelines, formatTime, withState } from './with-state.ts';

const MAX_LISTED = 1_000;

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'PIPELINE' },
  { title: 'WHAT' },
  { title: 'OF' },
  { title: 'SINCE (UTC)' },
  { title: 'CLOSED (UTC)' },
  { title: 'BY' },
  { title: 'REASON' },
];

export async function runIncidentList({
  config,
  output,
  pipeline,
}: ReadOptions & { readonly pipeline?: string }): Promise<number> {
  const incidents = await withState(config, async (state, settings) => {
    const pipelines = choosePipelines(settings, pipeline);
    return pipelines && (await state.caseDesk.listIncidents(pipelines, MAX_LISTED));
  });
  if (incidents === undefined) {
    return EXIT.failed;
  }
  await show(output, asDocument(incidents), () => {
    const rows = incidents.map((one) =>
      [
        String(one.id),
        one.pipeline,
        one.kind,
        one.subject,
        formatTime(one.openedMs),
        formatTime(one.closedMs),
        one.closedBy ?? '-',
        one.reason,
      ].map((text) => ({ text: withoutControls(text) })),
    );
    return rows.length === 0 ? ['there is no incident'] : renderTable(COLUMNS, rows);
  });
  return EXIT.ok;
}

export async function runIncidentClose(
  id: bigint,
  { config, reason }: { readonly config: readonly string[]; readonly reason: string },
): Promise<number> {
  const isClosed = await withState(config, (state) => state.caseDesk.closeIncident(id, { by: nameAuthor(), reason }));
  if (!isClosed) {
    process.stderr.write(`there is no open incident ${id}\n`);
    return EXIT.failed;
  }
  process.stdout.write(`incident ${id} is closed\n`);
  return EXIT.ok;
}
