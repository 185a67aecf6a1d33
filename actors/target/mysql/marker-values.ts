import { ReplicationError } from '../../../protocol/errors/replication-error.ts';
import type { TableShape } from '../../catalog/table-shape.ts';
import type { MarkerColumns } from '../marker-columns.ts';
import type { ShardChange } from '../target-shard.ts';
import { skipDigits } from './literal/digits.ts';
import { quoteText } from './literal/text-literal.ts';
import { quoteName } from './quote-name.ts';

const WRITERS = { ergate: '1', forced: '2', canary: '3' } as const;
/** Of 'YYYY-MM-DD hh:mm:ss'. */
const SECONDS_LENGTH = 19;

export interface MarkerValue {
  readonly quotedName: string;
  readonly render: (change: ShardChange) => string;
}

/** The marker columns that the table has; the one that guards comes last, since assignments see those to their left. */
export function listMarkerValues(table: TableShape, marker: MarkerColumns): readonly MarkerValue[] {
  const values: MarkerValue[] = [];
  if (table.columnByName.has(marker.writer)) {
    values.push({ quotedName: quoteName(marker.writer), render: ({ writer = 'ergate' }) => WRITERS[writer] });
  }
  const commitTime = table.columnByName.get(marker.commitTime);
  if (commitTime !== undefined) {
    const fraction = commitTime.fraction ?? 0;
    values.push({ quotedName: quoteName(marker.commitTime), render: (change) => renderCommitTime(change, fraction) });
  }
  if (table.columnByName.has(marker.version)) {
    values.push({ quotedName: quoteName(marker.version), render: renderVersion });
  }
  return values;
}

/** Cut, not rounded, to what the column keeps: MySQL would round and MariaDB cut, and the guard compares it. */
export function renderCommitTime({ commitTime }: ShardChange, fraction: number): string {
  if (commitTime === null) {
    return 'NULL';
  }
  return quoteText(commitTime.slice(0, fraction === 0 ? SECONDS_LENGTH : SECONDS_LENGTH + 1 + fraction));
}

export function renderVersion({ seq }: ShardChange): string {
  if (seq === '' || skipDigits(seq, 0) !== seq.length) {
    throw new ReplicationError('ERG_9000', 'the version of a change is not a decimal number');
  }
  return seq;
}
