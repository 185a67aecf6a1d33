/** One bad input: the table that it is about, the records that carry it, and what has to come of it. */

import type { FindingStage } from '../../../actors/state/finding.ts';
import type { ErrorCode } from '../../../protocol/errors/error-codes.ts';
import type { DecodeOddities, SinkCounts } from '../../../protocol/message/actor-status.ts';

export interface CaseTable {
  readonly name: string;
  /** DDL of all columns but the markers; the first is the key unless `keys` says otherwise. */
  readonly columns: string;
  readonly keys?: string;
  /** Runs behind the CREATE TABLE. */
  readonly more?: string;
  /** The image of a good row, without its braces and without id and note. */
  readonly good: string;
  /** What a key has beside id, with a comma in front. */
  readonly keyRest?: string;
  /** What then stands in v. */
  readonly goodValue: string | null;
  /** SQL that reads v; default: v. */
  readonly read?: string;
  readonly settings?: object;
  /** All its rows belong to its one case, whatever their keys. */
  readonly isOwn?: boolean;
}

/** Where a case stands in its run. */
export interface Site {
  /** Of the row that the bad record is about; ids up to 999 above it belong to the case. */
  readonly id: number;
  readonly table: string;
  /** Place in the source's log; higher with each record. */
  readonly position: () => number;
}

export interface BadRecord {
  /** Default: the key of the good records of the case. */
  readonly key?: string | null;
  readonly value: string | Buffer | null;
}

export interface ExpectedFinding {
  readonly code: ErrorCode;
  readonly stage: FindingStage;
  /** -1 when the whole record is meant. */
  readonly payloadIndex: number;
  /** Among the records of the case, or one for each of them. */
  readonly record: number | 'each';
}

/** As text: key, value, note. */
export type CaseRow = readonly (string | null)[];

export interface Expected {
  readonly findings: readonly ExpectedFinding[];
  /** Read again it is older than its row, and the server passes over it before it looks at the value. */
  readonly isRefusedOnce?: boolean;
  /** The rows of the case that are not the good ones around it. */
  readonly rows: (site: Site, table: CaseTable) => readonly CaseRow[];
  /** Counters that go up by it, those of findings apart. */
  readonly counts: Partial<SinkCounts & Record<keyof Omit<DecodeOddities, 'unknownFields'>, number>>;
  /** Columns that are counted as unwritten, and fields as unknown. */
  readonly unwritten: readonly string[];
  readonly unknownFields: readonly string[];
}

export interface BadCase {
  /** Of the matrix, such as B014. */
  readonly id: string;
  readonly what: string;
  readonly table: CaseTable;
  readonly records: (site: Site) => readonly BadRecord[];
  readonly expected: Expected;
  /** Why it is not refused although the matrix would, or the other way round. */
  readonly why?: string;
}

/** The row of the good records before and behind the bad one, untouched by what came between. */
const untouched: Expected['rows'] = ({ id }, { goodValue }) => [[String(id), goodValue, 'after']];

const NOTHING: Expected = { findings: [], rows: untouched, counts: {}, unwritten: [], unknownFields: [] };

export function refused(code: ErrorCode, stage: FindingStage = 'write', payloadIndex = 0): Expected {
  return { ...NOTHING, findings: [{ code, stage, payloadIndex, record: 'each' }] };
}

/** By what the server only looks at when it changes the row. */
export function refusedOnce(code: ErrorCode): Expected {
  return { ...refused(code), isRefusedOnce: true };
}

/** The whole record. */
export function undecodable(code: ErrorCode): Expected {
  return refused(code, 'decode', -1);
}

/** Accepted: the column then holds this. */
export function stored(value: string | null, more: Partial<Expected> = {}): Expected {
  return { ...NOTHING, rows: ({ id }) => [[String(id), value, 'after']], ...more };
}

export function rowsAre(rows: Expected['rows'], more: Partial<Expected> = {}): Expected {
  return { ...NOTHING, rows, ...more };
}

/** Nothing of it is to be applied, and that is counted. */
export function counted(counts: Expected['counts']): Expected {
  return { ...NOTHING, counts };
}
