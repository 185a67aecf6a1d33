/** Change records in the format `ergate`: compact JSON, numbers with their own text, everything else as text. */
import type { SourcePosition } from '../../protocol/change/source-position.ts';
import type { CapturedCells, CapturedLayout } from './binlog-reader.ts';
import type { GroupedChange } from './group-transaction.ts';

export interface RecordHead {
  readonly commitTimeMs: number;
  readonly position: SourcePosition;
}

/** Per layout: `"name":` of each column, with the comma in front of all but the first. */
const namesOf = new WeakMap<CapturedLayout, readonly string[]>();

export function encodeChangeRecord(head: RecordHead, changes: readonly GroupedChange[]): Buffer {
  const { epoch, file, position, ordinal } = head.position;
  const source = `{"epoch":${epoch},"file":${file},"position":${position},"ordinal":${ordinal}}`;
  const payloads = changes.map(encodeChange).join(',');
  return Buffer.from(`{"commitTime":${head.commitTimeMs},"source":${source},"payloads":[${payloads}]}`, 'utf8');
}

/** Without a source position: a sink remembers the newest one that it saw, and this is not a change of the log. */
export function encodeHeartbeatRecord(wallMs: number, capture: string): Buffer {
  return Buffer.from(`{"heartbeat":{"capture":${JSON.stringify(capture)}},"commitTime":${wallMs}}`, 'utf8');
}

function encodeChange({ op, layout, before, after }: GroupedChange): string {
  const table = JSON.stringify(layout.table);
  return `{"op":"${op}","table":${table},"old":${encodeImage(before, layout)},"new":${encodeImage(after, layout)}}`;
}

function encodeImage(cells: CapturedCells | null, layout: CapturedLayout): string {
  if (cells === null) {
    return 'null';
  }
  const names = getNames(layout);
  let text = '{';
  for (const [index, cell] of cells.entries()) {
    text += names[index];
    if (cell === null) {
      text += 'null';
    } else {
      text += layout.forms[index] === 'number' ? cell : JSON.stringify(cell);
    }
  }
  return `${text}}`;
}

function getNames(layout: CapturedLayout): readonly string[] {
  let names = namesOf.get(layout);
  if (names === undefined) {
    names = layout.names.map((name, index) => `${index === 0 ? '' : ','}${JSON.stringify(name)}:`);
    namesOf.set(layout, names);
  }
  return names;
}
