import type { VerificationSettings } from '../../protocol/settings/settings-schema.ts';
import type { CaseShape } from '../state/case-store.ts';

export interface Storm {
  readonly table: string;
  /** A sentence. */
  readonly reason: string;
}

/** Of the limit of a storm: so many rows with one column wrong tell of a cause that is not in the rows. */
const MANY = 0.2;
const SHARE = 0.9;

/**
 * Tables so many rows of which were found wrong in so short a time that the cause is likely not in the rows: a comparison, a
 * mapping, somebody else who writes. Repairing them one by one would hide it, or do harm to all of them.
 *
 * @param shapes rows that were proven to be wrong within the time of the rules
 * @param allowed of so many of a table it is known why, at most
 */
export function judgeStorm(
  shapes: readonly CaseShape[],
  rules: VerificationSettings['recovery']['storm'],
  allowed: (table: string) => number = () => 0,
): readonly Storm[] {
  const byTable = Map.groupBy(shapes, ({ table }) => table);
  return [...byTable].flatMap(([table, own]) => {
    const rows = own.reduce((sum, { cases }) => sum + cases, 0);
    const unexplained = rows - allowed(table);
    const within = `within ${Math.round(rules.within / 1_000)} s`;
    if (unexplained > rules.rows) {
      return [{ table, reason: `${rows} wrong rows of ${table} ${within}, more than ${rules.rows}` }];
    }
    const shared = unexplained > MANY * rules.rows ? findShared(own, rows) : undefined;
    return shared === undefined
      ? []
      : [{ table, reason: `nearly all of ${rows} wrong rows of ${table} ${within} differ in ${shared} alone` }];
  });
}

function findShared(shapes: readonly CaseShape[], rows: number): string | undefined {
  const largest = shapes
    .filter(({ columns }) => columns.length === 1)
    .reduce<CaseShape | undefined>((most, shape) => (shape.cases > (most?.cases ?? 0) ? shape : most), undefined);
  return largest !== undefined && largest.cases > SHARE * rows ? largest.columns[0] : undefined;
}
