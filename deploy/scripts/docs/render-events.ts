import type { EventInfo } from '../../../protocol/log/event-info.ts';
import { asCode, joinBlocks, renderTable, startPage } from './markdown.ts';

/** One table per first word of a name, in the order of the catalogue. */
export function renderEvents(events: Readonly<Record<string, EventInfo>>): string {
  const groups = Map.groupBy(Object.entries(events), ([name]) => name.split('.', 1)[0] ?? name);
  return joinBlocks([
    startPage('Log events', 'protocol/log'),
    'Each line of the log is one named event with fields. *debug* is per batch, *info* per change of state, *warn* where ergate adapts (retries, pauses, splits), *error* where a person should look. No event carries values of rows or secrets.',
    ...[...groups].flatMap(([group, entries]) => [
      `## ${group}`,
      renderTable(
        ['Event', 'Level', 'Meaning'],
        entries.map(([name, { level, meaning }]) => [asCode(name), level, meaning]),
      ),
    ]),
  ]);
}
