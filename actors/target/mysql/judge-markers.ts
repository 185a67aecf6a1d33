import type { TableShape } from '../../catalog/table-shape.ts';
import type { MarkerColumns } from '../marker-columns.ts';
import { findGuard, findMarkerFaults } from '../overwrite-guard.ts';
import type { Remark } from '../remark.ts';
import { quoteName } from './quote-name.ts';

const TYPES = {
  writer: 'TINYINT NULL',
  commitTime: 'DATETIME(3) NULL',
  version: 'BIGINT UNSIGNED NULL',
} as const satisfies Record<keyof MarkerColumns, string>;

/** Columns of this kind keep the milliseconds of a commit time. */
const MILLISECONDS = 3;

export function judgeMarkers(table: TableShape, marker: MarkerColumns): Remark[] {
  const faults: Remark[] = findMarkerFaults(table, marker).map(({ marker: name, column, expected }) => ({
    severity: 'refused',
    code: 'ERG_3505',
    message: `column ${column.name}: expected ${expected}, got ${column.columnType}${column.generated ? ', which is never written' : ''}`,
    column: column.name,
    statements: [`ALTER TABLE ${quoteName(table.name)} MODIFY COLUMN ${quoteName(column.name)} ${TYPES[name]}`],
  }));
  return [...judgeGuard(table, marker), ...faults];
}

function judgeGuard(table: TableShape, marker: MarkerColumns): Remark[] {
  const guard = findGuard(table, marker);
  if (guard?.mode === 'strict') {
    return [];
  }
  const statements = [addMissing(table, marker)];
  if (guard === undefined) {
    const message = `no column ${marker.version} or ${marker.commitTime}: an older change could replace a newer one`;
    return [{ severity: 'refused', code: 'ERG_3503', message, statements }];
  }
  const { fraction = 0, name } = guard.column;
  const ties = fraction < MILLISECONDS ? `, kept to ${fraction} digits of a second,` : '';
  const message = `no column ${marker.version}: guarded by ${name} alone${ties} so changes of one instant are not told apart when they are read again`;
  return [{ severity: 'warning', code: 'ERG_3521', message, statements }];
}

/** A column whose name differs in capitals only is renamed: the server would take it for the same. */
function addMissing(table: TableShape, marker: MarkerColumns): string {
  const actual = new Map(table.columns.map(({ name }) => [name.toLowerCase(), name]));
  const clauses = (['writer', 'commitTime', 'version'] as const).flatMap((key) => {
    const name = marker[key];
    const known = actual.get(name.toLowerCase());
    if (known === name) {
      return [];
    }
    return known === undefined
      ? [`ADD COLUMN ${quoteName(name)} ${TYPES[key]}`]
      : [`CHANGE COLUMN ${quoteName(known)} ${quoteName(name)} ${TYPES[key]}`];
  });
  return `ALTER TABLE ${quoteName(table.name)}\n  ${clauses.join(',\n  ')}`;
}
