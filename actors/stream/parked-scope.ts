/**
 * What of a target is left out of a partition for now, and from which offset on it has to be made up for. It is noted in the
 * metadata of the committed offset, so that the two can never contradict each other.
 *
 * "<position>" while nothing is left out, as ever; else "<position>;<JSON list of [shard, table, from, position, commitTime]>".
 */
import { formatPosition, parsePosition, type SourcePosition } from '../../protocol/change/source-position.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';

export interface ParkedScope {
  readonly shard: string;
  /** At the target; null: the whole shard. */
  readonly table: string | null;
  /** The first offset whose changes it may lack. */
  readonly from: number;
  /** The newest source position below that offset. */
  readonly position: SourcePosition | undefined;
  /** Of the oldest change that it lacks, wall ms; NaN when unknown. */
  readonly commitTimeMs: number;
}

export interface CommitNote {
  /** The newest source position below the committed offset. */
  readonly position: SourcePosition | undefined;
  readonly parked: readonly ParkedScope[];
}

/** Brokers take 4,096 bytes of metadata by default. */
const MAX_NOTE_BYTES = 4_096;
/** By which it may grow while a catch-up goes on: its offset and two positions get longer. */
const MARGIN_BYTES = 150;
const LONG_TIME_MS = 9_999_999_999_999;

/** It can stand beside an offset, also later. */
export function isNoteFit({ position, parked }: CommitNote): boolean {
  const timed = parked.map((scope) => ({ ...scope, commitTimeMs: LONG_TIME_MS })); // one that is unknown may turn up
  return Buffer.byteLength(formatNote({ position, parked: timed })) <= MAX_NOTE_BYTES - MARGIN_BYTES;
}

export function formatNote({ position, parked }: CommitNote): string {
  const own = formatMaybe(position);
  if (parked.length === 0) {
    return own;
  }
  const list = parked.map((scope) => [
    scope.shard,
    scope.table,
    scope.from,
    formatMaybe(scope.position),
    Number.isNaN(scope.commitTimeMs) ? null : scope.commitTimeMs,
  ]);
  return `${own};${JSON.stringify(list)}`;
}

/**
 * A text without a list is that of a group in which nothing is left out, whoever committed it.
 * @throws ReplicationError ERG_1217
 */
export function parseNote(text: string): CommitNote {
  const at = text.indexOf(';');
  if (at < 0) {
    return { position: parsePosition(text), parked: [] };
  }
  return { position: parsePosition(text.slice(0, at)), parked: parseList(text.slice(at + 1)).map(parseScope) };
}

function formatMaybe(position: SourcePosition | undefined): string {
  return position === undefined ? '' : formatPosition(position);
}

function parseList(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) {
      return list;
    }
  } catch {
    // told below
  }
  throw unreadable(text);
}

function parseScope(given: unknown): ParkedScope {
  const [shard, table, from, position, commitTime]: readonly unknown[] = Array.isArray(given) ? given : [];
  const isTable = table === null || typeof table === 'string';
  if (typeof shard !== 'string' || !isTable || !isOffset(from) || typeof position !== 'string') {
    throw unreadable(JSON.stringify(given));
  }
  const commitTimeMs = typeof commitTime === 'number' ? commitTime : Number.NaN;
  return { shard, table, from, position: parsePosition(position), commitTimeMs };
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function unreadable(text: string): ReplicationError {
  return new ReplicationError('ERG_1217', `expected a list of what is left out, got ${text.slice(0, 100)}`);
}
