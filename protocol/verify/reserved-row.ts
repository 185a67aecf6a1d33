/** Rows that the settings reserve for canaries, by their keys at the source. */
import type { Cell } from '../change/cell.ts';
import type { VerificationSettings } from '../settings/settings-schema.ts';
import type { KeyCell, RowName } from './row-name.ts';

export type CanarySettings = NonNullable<VerificationSettings['canary']>;

/** Not a moment longer is the verification given than a change would need: its delay, and a minute to look. */
const LOOK_MS = 60_000;

/** From the damage of a canary to the report that is expected of it, ms. */
export function findWithinMs({ delay }: Pick<VerificationSettings, 'delay'>, { within }: CanarySettings): number {
  return within ?? delay + LOOK_MS;
}

/** Each combination of the values, in the order in which they are written; columns as well. */
export function listReserved({ where }: Pick<CanarySettings, 'where'>): readonly (readonly KeyCell[])[] {
  return Object.entries(where).reduce<readonly (readonly KeyCell[])[]>(
    (keys, [column, values]) => keys.flatMap((key) => values.map((value) => [...key, [column, value] as const])),
    [[]],
  );
}

/** Whether the name is of a reserved row, as far as names tell. */
export function isReserved(
  { table, where }: Pick<CanarySettings, 'table' | 'where'>,
  row: Pick<RowName, 'table' | 'sourceKey'>,
): boolean {
  const columns = Object.keys(where);
  return (
    row.table === table &&
    row.sourceKey.length === columns.length &&
    holdsReserved({ where }, (column) => row.sourceKey.find(([name]) => name === column)?.[1])
  );
}

/** Whether a row has the values of a reserved one. */
export function holdsReserved(
  { where }: Pick<CanarySettings, 'where'>,
  cellOf: (column: string) => Cell | undefined,
): boolean {
  return Object.entries(where).every(([column, values]) => {
    const cell = cellOf(column);
    return typeof cell === 'string' && values.includes(cell);
  });
}
