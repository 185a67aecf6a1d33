/**
 * What to do about a row, once its lane is held and both sides were looked at. Pure.
 *
 * The row gets the version of the newest record that the log held before the source was read: all up to it is in what was
 * read, so that the guard passes over what is still to come of it, and everything later is newer. A version above it cannot
 * be; such a row is replaced as it was seen.
 *
 * A row that is guarded by its commit time alone keeps the one that it has, so that nothing is passed over which would not
 * have been before. One that has none, or a later one than the newest change that was taken, gets that of this change. The
 * time of now would be later than that of changes which are committed, but not in what was read.
 */
import type { Cell } from '../../protocol/change/cell.ts';
import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { unreachable } from '../../protocol/errors/unreachable.ts';
import type { RepairAnswer, RepairRequest } from '../../protocol/message/recovery-message.ts';
import { cellsOf, type KeyCell, type RowName } from '../../protocol/verify/row-name.ts';
import type { TableShape } from '../catalog/table-shape.ts';
import type { RowDifference, RowVerdict } from '../row/row-witness.ts';
import type { MarkerColumns } from '../target/marker-columns.ts';
import { chooseGuard } from '../target/overwrite-guard.ts';
import type { ShardChange } from '../target/target-shard.ts';
import { answerError, answerLooked } from './answer-repair.ts';
import { isNotOlder } from './is-not-older.ts';

/** How far the log had come before the source was read. */
export interface LogEnd {
  /** Behind the newest record. */
  readonly offset: number;
  /** Version of the newest record; decimal text. */
  readonly seq: string;
  /** Of the newest change that was taken, 'YYYY-MM-DD hh:mm:ss.mmm' UTC; null when none had one. */
  readonly commitTime: string | null;
}

export interface RepairMeans {
  readonly request: RepairRequest;
  /** At the target. */
  readonly table: TableShape;
  readonly marker: MarkerColumns;
  readonly modifiedColumn: string | undefined;
  /** Columns at the target whose values do not come from the source row: looked-up and ignored ones. */
  readonly notOfSource: ReadonlySet<string>;
}

export type RepairPlan =
  | { readonly kind: 'answer'; readonly answer: RepairAnswer }
  | { readonly kind: 'write'; readonly change: ShardChange; readonly seen: RowDifference };

/** What a look alone decides; undefined when there is something to write. */
export function findAnswer(verdict: RowVerdict, { request, modifiedColumn }: RepairMeans): RepairAnswer | undefined {
  const { mode, mayDelete } = request;
  switch (verdict.kind) {
    case 'equal':
      return answerLooked('equal', { columns: [], targetDigest: verdict.digest, sourceDigest: verdict.digest });
    case 'moving':
      return answerLooked('moving');
    case 'unreadable':
      return answerError(verdict.error);
    case 'different': {
      if (verdict.expected === null && !mayDelete) {
        return answerLooked('extra', verdict);
      }
      const { expected, actual, keptFor } = verdict;
      // A person who has looked at this very row may know better, but not by when it is at its place.
      if (keptFor !== undefined && (mode === 'repair' || keptFor.class !== 'row')) {
        return answerError(keptFor, verdict);
      }
      const isCurrent = mode === 'forceSync' && isNotOlder(actual, expected, modifiedColumn);
      return isCurrent
        ? { ...answerLooked('equal', verdict), message: `${modifiedColumn} at the target is not older` }
        : undefined;
    }
    default:
      return unreachable(verdict);
  }
}

export function planRepair(verdict: RowVerdict, means: RepairMeans, log: LogEnd): RepairPlan {
  const answer = findAnswer(verdict, means);
  if (answer !== undefined || verdict.kind !== 'different') {
    return { kind: 'answer', answer: answer ?? answerLooked('moving') };
  }
  const version = chooseVersion(verdict.actual, means, log);
  return version instanceof ReplicationError
    ? { kind: 'answer', answer: answerError(version, verdict) }
    : { kind: 'write', seen: verdict, change: { ...buildChange(verdict.expected, means), ...version } };
}

/** By what the target shows of it, where nothing else names it. */
export function nameAtSource({ request: { row }, notOfSource }: RepairMeans, seen: RowVerdict | undefined): RowName {
  const actual = seen?.kind === 'different' ? seen.actual : null;
  if (row.sourceKey.length > 0 || actual === null) {
    return row;
  }
  const sourceKey = actual.layout.names.flatMap((name, index): readonly KeyCell[] => {
    const cell = notOfSource.has(name) ? undefined : actual.cells[index];
    return typeof cell === 'string' ? [[name, cell]] : [];
  });
  return { ...row, sourceKey };
}

function buildChange(expected: RowImage | null, { request, table }: RepairMeans) {
  const { row, mode } = request;
  return {
    table,
    op: expected === null ? 'delete' : 'upsert',
    key: row.rowKey,
    keyCells: cellsOf(row.targetKey),
    image: expected,
    writer: mode === 'forceSync' ? 'forced' : 'ergate',
  } as const;
}

function chooseVersion(
  actual: RowImage | null,
  { table, marker }: RepairMeans,
  { seq, commitTime: newest }: LogEnd,
): Pick<ShardChange, 'seq' | 'commitTime' | 'replaces'> | ReplicationError {
  const { mode, column } = chooseGuard(table, marker);
  const seen = textOf(actual, column.name);
  if (mode === 'strict') {
    const commitTime = newest ?? textOf(actual, marker.commitTime); // for people
    const isBeyond = seen !== null && BigInt(seen) > BigInt(seq);
    return { seq, commitTime, replaces: isBeyond ? seen : undefined };
  }
  if (newest === null) {
    return new ReplicationError('ERG_5206', `table ${table.name}: no commit time is known yet`);
  }
  if (seen === null) {
    return { seq, commitTime: newest };
  }
  const isBeyond = seen > newest.slice(0, seen.length);
  return isBeyond ? { seq, commitTime: newest, replaces: seen } : { seq, commitTime: seen };
}

function textOf(image: RowImage | null, column: string): string | null {
  const cell: Cell | undefined = image === null ? null : findCell(image, column);
  return typeof cell === 'string' ? cell : null;
}
