import type { TableShape } from '../../catalog/table-shape.ts';
import type { Remark } from '../remark.ts';
import { judgeKey } from './judge-key.ts';

/** What is to be said about a table that another tool writes: how it is made is that tool's business, how it is compared ours. */
export function judgeForeignTable(
  target: TableShape,
  source: TableShape | undefined,
  ignored: ReadonlySet<string>,
): readonly Remark[] {
  const key = judgeKey(target).filter(({ severity }) => severity === 'refused');
  const lacking = (source?.columns ?? []).filter(({ name }) => !ignored.has(name) && !target.columnByName.has(name));
  return [
    ...key.map(
      (remark): Remark => ({ ...remark, statements: [], advice: 'name the columns of its key as primaryKey' }),
    ),
    ...lacking.map(
      ({ name }): Remark => ({
        severity: 'note',
        code: 'ERG_3528',
        message: `column ${name} of the source does not exist: it is not compared`,
        column: name,
        statements: [],
      }),
    ),
  ];
}
