import type { ErrorCode } from '../../../../protocol/errors/error-codes.ts';
import { ReplicationError } from '../../../../protocol/errors/replication-error.ts';
import type { ColumnShape } from '../../../catalog/table-shape.ts';

/** Refuses a cell that its column cannot hold; names the column and the rule, never the value. */
export function refuseCell(code: ErrorCode, column: ColumnShape, expected: string): ReplicationError {
  return new ReplicationError(code, `column ${column.name} (${column.columnType}): expected ${expected}`, {
    context: { column: column.name },
  });
}
