import { findCell, type RowImage } from '../../protocol/change/row-image.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import { parseUtc } from '../route/utc-text.ts';
import type { FoundRow } from './judge-first-look.ts';

/** What of the settings says whose markers they are. */
export type ViewSettings = Pick<PipelineSettings, 'apply' | 'marker'>;

const NOTHING_NOTED: FoundRow = { version: null, commitTimeMs: Number.NaN };

/**
 * What the markers of a row at the target say. Where another tool writes it they say nothing: it may leave an old version
 * standing, and what it takes for the commit time may be when it wrote, so that every row would look newer than its change.
 */
export function viewRow(image: RowImage, { apply, marker }: ViewSettings): FoundRow {
  if (!apply) {
    return NOTHING_NOTED;
  }
  const version = findCell(image, marker.version);
  if (version !== undefined) {
    return { version: typeof version === 'string' ? version : null, commitTimeMs: Number.NaN };
  }
  const commitTime = findCell(image, marker.commitTime);
  return { version: null, commitTimeMs: typeof commitTime === 'string' ? parseUtc(commitTime) : Number.NaN };
}
