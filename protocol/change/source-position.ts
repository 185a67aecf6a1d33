/**
 * Where a change record stands in the log of its source: a total order that does not change when the capture sends a
 * record again. The sink uses it to recognise such repeats; it does not decide which of two changes is newer, the
 * offset does (docs/02-ordering.md).
 */
export interface SourcePosition {
  /** Raised by an operator's decision when the log restarts (a reset, a new server). */
  readonly epoch: number;
  /** Number of the binary log file: 3 for "order-bin.000003". */
  readonly file: number;
  /** Byte position in the file where the source transaction starts. */
  readonly position: number;
  /** Ordinal of the record among the records of its source transaction, from 0. */
  readonly ordinal: number;
}

/** Negative when a is before b, 0 when equal, positive when after. */
export function comparePositions(a: SourcePosition, b: SourcePosition): number {
  return a.epoch - b.epoch || a.file - b.file || a.position - b.position || a.ordinal - b.ordinal;
}

/** "epoch:file:position:ordinal", as kept in the metadata of a committed offset. */
export function formatPosition(position: SourcePosition): string {
  return `${position.epoch}:${position.file}:${position.position}:${position.ordinal}`;
}

/** The position of a text made by formatPosition; undefined for any other text. */
export function parsePosition(text: string): SourcePosition | undefined {
  const match = /^(\d{1,15}):(\d{1,15}):(\d{1,15}):(\d{1,15})$/.exec(text);
  if (match === null) {
    return undefined;
  }
  const [epoch = 0, file = 0, position = 0, ordinal = 0] = match.slice(1).map(Number);
  return { epoch, file, position, ordinal };
}
