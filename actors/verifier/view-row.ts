import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import { parseUtc } from '../route/utc-text.ts';
import type { MarkerColumns } from '../target/marker-columns.ts';
import type { FoundRow } from './judge-first-look.ts';

/** What the markers of a row at the target say. */
export function viewRow(image: RowImage, marker: MarkerColumns): FoundRow {
  const version = findCell(image, marker.version);
  if (version !== undefined) {
    return { version: typeof version === 'string' ? version : null, commitTimeMs: Number.NaN };
  }
  const commitTime = findCell(image, marker.commitTime);
  return { version: null, commitTimeMs: typeof commitTime === 'string' ? parseUtc(commitTime) : Number.NaN };
}
