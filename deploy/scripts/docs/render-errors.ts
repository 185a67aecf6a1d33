import type { CodeInfo, ErrorClass } from '../../../protocol/errors/code-info.ts';
import { asCode, joinBlocks, renderTable, startPage } from './markdown.ts';

const CLASSES: Readonly<Record<ErrorClass, string>> = {
  transient: 'May pass by itself: retried with back-off, counts for the breaker.',
  unknown: 'May or may not have happened: redone on a new connection under the overwrite guard.',
  row: 'This one change cannot be applied: isolated, stored as a finding, the rest goes on.',
  schema: 'The table is not as we know it: the catalog is refreshed, the statement rebuilt, tried once more.',
  configuration: 'A person must change something: the actor stops or waits and says what.',
  fenced: 'A newer owner or leader exists: the older one stops at once and never retries.',
  expected: 'Part of normal running, such as a requested stop: not an error.',
  bug: 'Ours: the actor restarts, and the event is loud.',
};

/** Codes by their number, each group up to the start of the next. */
const GROUPS: readonly { readonly from: number; readonly title: string }[] = [
  { from: 1000, title: 'Decoding change records' },
  { from: 1200, title: 'Change stream' },
  { from: 1500, title: 'Capture' },
  { from: 2000, title: 'Routing and look-ups' },
  { from: 3000, title: 'Target' },
  { from: 4000, title: 'Verification' },
  { from: 5000, title: 'State database and recovery' },
  { from: 6000, title: 'Supervision' },
  { from: 6100, title: 'Messages' },
  { from: 8000, title: 'Settings and command line' },
  { from: 9000, title: 'General' },
];

export function renderErrors(codes: Readonly<Record<string, CodeInfo>>): string {
  const sorted = Object.entries(codes).toSorted(([left], [right]) => numberOf(left) - numberOf(right));
  const groups = GROUPS.map(({ title }) => ({
    title,
    codes: sorted.filter(([code]) => findGroup(code) === title),
  })).filter((group) => group.codes.length > 0);
  return joinBlocks([
    startPage('Error codes', 'protocol/errors'),
    'Every failure has a code. Its class decides what ergate does; the message beside it says what was expected and what came, and never shows values of rows.',
    renderTable(
      ['Class', 'What it means'],
      Object.entries(CLASSES).map(([name, meaning]) => [name, meaning]),
    ),
    ...groups.flatMap((group) => [`## ${group.title}`, ...group.codes.map(renderCode)]),
  ]);
}

function renderCode([code, { class: errorClass, meaning, system, operator }]: [string, CodeInfo]): string {
  return joinBlocks([
    `### ${code}`,
    meaning,
    [`- Class: ${asCode(errorClass)}`, `- What ergate does: ${system}`, `- What you do: ${operator}`].join('\n'),
  ]).trimEnd();
}

function findGroup(code: string): string | undefined {
  return GROUPS.findLast(({ from }) => numberOf(code) >= from)?.title;
}

function numberOf(code: string): number {
  return Number(code.replace('ERG_', ''));
}
