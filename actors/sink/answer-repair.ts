/** What is said of a repair. */
import type { Cell } from '../../protocol/change/cell.ts';
import { JsonDocument } from '../../protocol/change/cell.ts';
import type { RowImage } from '../../protocol/change/row-image.ts';
import type { ErrorClass } from '../../protocol/errors/code-info.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { RepairAnswer, RepairOutcome } from '../../protocol/message/recovery-message.ts';
import type { RowDifference, RowVerdict } from '../row/row-witness.ts';
import type { ShardChange } from '../target/target-shard.ts';

type Looked = Pick<RepairAnswer, 'columns' | 'targetDigest' | 'sourceDigest'>;

const NOTHING: Looked = { columns: [], targetDigest: null, sourceDigest: null };

const REFUSED: ReadonlySet<ErrorClass> = new Set<ErrorClass>(['row', 'configuration', 'bug']);

/** It does not pass by itself. */
export function isRefusing(error: ReplicationError): boolean {
  return REFUSED.has(error.class);
}

/** An answer is carried by one message; a row to undo by that does not fit is left out of it. */
const MAX_BEFORE_CHARACTERS = 256 * 1024;

export function answerLooked(outcome: RepairOutcome, { columns, targetDigest, sourceDigest } = NOTHING): RepairAnswer {
  return { outcome, message: '', columns, targetDigest, sourceDigest };
}

export function answerError(error: ReplicationError, looked: Looked = NOTHING): RepairAnswer {
  if (error.code === 'ERG_5205') {
    return { ...answerLooked('moving', looked), message: error.message };
  }
  const outcome = isRefusing(error) ? 'refused' : 'failed';
  return { ...answerLooked(outcome, looked), code: error.code, message: error.message };
}

/** @param after what a look has shown when the row had been written, its lane still held */
export function answerWritten(seen: RowDifference, { op, seq }: ShardChange, after: RowVerdict): RepairAnswer {
  if (after.kind === 'unreadable') {
    return { ...answerError(after.error, seen), outcome: 'failed', message: `not read back: ${after.error.message}` };
  }
  // The source may have gone on meanwhile; the target has what was written.
  const isThere = after.kind === 'equal' || (after.kind === 'different' && after.targetDigest === seen.sourceDigest);
  if (!isThere) {
    return { ...answerLooked('moving', seen), message: 'the row changed while it was written' };
  }
  return { ...answerLooked(op === 'delete' ? 'deleted' : 'written', seen), ...tellBefore(seen.actual), seq };
}

function tellBefore(actual: RowImage | null): Pick<RepairAnswer, 'before'> & Partial<Pick<RepairAnswer, 'message'>> {
  if (actual === null) {
    return { before: null };
  }
  const { layout, cells } = actual;
  const before = Object.fromEntries(layout.names.map((name, index) => [name, toText(cells[index] ?? null)]));
  const characters = Object.values(before).reduce((sum, text) => sum + (text?.length ?? 0), 0);
  return characters > MAX_BEFORE_CHARACTERS
    ? { message: `the row as it was is not told: ${characters} characters are too many` }
    : { before };
}

function toText(cell: Cell): string | null {
  if (cell === null || typeof cell === 'string') {
    return cell;
  }
  return cell instanceof JsonDocument ? cell.text : String(cell);
}
