/** Well below the least max_allowed_packet that servers are set to. */
const MAX_BYTES = 512 * 1024;
const MAX_ROWS = 500;

/**
 * Rows of VALUES in portions for one statement each, in their order. A row that is larger than a portion is one by itself.
 *
 * @param rows ASCII only: their length is their bytes
 */
export function* chunkRows(rows: readonly string[]): Generator<string> {
  let taken: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (taken.length > 0 && (bytes + row.length > MAX_BYTES || taken.length >= MAX_ROWS)) {
      yield taken.join(',\n');
      taken = [];
      bytes = 0;
    }
    taken.push(row);
    bytes += row.length;
  }
  if (taken.length > 0) {
    yield taken.join(',\n');
  }
}
