/**
 * How many rows the next chunk has, so that it takes about as long as it may: the shorter a chunk, the less of it is read
 * twice after a crash, and the less changes between its two sides.
 */
export interface ChunkPace {
  readonly rows: number;
  /** Decaying sums of what chunks had and took. */
  readonly sumRows: number;
  readonly sumMs: number;
}

const TARGET_MS = 500;
const MIN_ROWS = 10;
/** Weight of what was before. Reference: pt-table-checksum. */
const DECAY = 0.75;
/** A chunk that happened to be fast must not make the next one huge. */
const MAX_GROWTH = 2;

export function startPace(maxRows: number): ChunkPace {
  return { rows: Math.min(maxRows, 500), sumRows: 0, sumMs: 0 };
}

/** @param took of the newest chunk: rows of its larger side, and ms without waits */
export function chooseChunkRows(
  pace: ChunkPace,
  took: { readonly rows: number; readonly ms: number },
  maxRows: number,
): ChunkPace {
  const sumRows = pace.sumRows * DECAY + took.rows;
  const sumMs = pace.sumMs * DECAY + took.ms;
  const fit = sumMs <= 0 ? maxRows : Math.floor((sumRows / sumMs) * TARGET_MS);
  const rows = Math.max(Math.min(MIN_ROWS, maxRows), Math.min(maxRows, fit, pace.rows * MAX_GROWTH));
  return { rows, sumRows, sumMs };
}
