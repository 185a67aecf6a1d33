/** From a rows event of the log library to rows of exact texts. */
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CapturedCells, CapturedRow, CaptureOp } from './binlog-reader.ts';
import type { ReadableLayout } from './build-layout.ts';
import type { ZongjiRow, ZongjiRows, ZongjiUpdateRows } from './zongji-events.ts';

export interface ReadRows {
  readonly op: CaptureOp;
  readonly rows: readonly CapturedRow[];
}

/** @throws ReplicationError ERG_1503 for an image that lacks a column, ERG_1504 for a value that cannot be carried */
export function readRows(event: ZongjiRows | ZongjiUpdateRows, layout: ReadableLayout): ReadRows {
  assertFullImage(event.columns_present_bitmap, layout);
  if (isUpdate(event)) {
    assertFullImage(event.columns_present_bitmap2, layout);
    return {
      op: 'update',
      rows: event.rows.map(({ before, after }) => ({
        before: readCells(before, layout),
        after: readCells(after, layout),
      })),
    };
  }
  if (event.getTypeName() === 'WriteRows') {
    return { op: 'insert', rows: event.rows.map((row) => ({ before: null, after: readCells(row, layout) })) };
  }
  return { op: 'delete', rows: event.rows.map((row) => ({ before: readCells(row, layout), after: null })) };
}

function isUpdate(event: ZongjiRows | ZongjiUpdateRows): event is ZongjiUpdateRows {
  return event.getTypeName() === 'UpdateRows';
}

function readCells(row: ZongjiRow, layout: ReadableLayout): CapturedCells {
  return layout.names.map((name, index) => {
    const value = row[name];
    if (value === null) {
      return null;
    }
    const cell = layout.readers[index]?.read(value);
    if (cell === undefined) {
      throw new ReplicationError(
        'ERG_1504',
        `table ${layout.table}, column ${name}: expected a value that converts to UTF-8 and back, got one that does not`,
      );
    }
    return cell;
  });
}

/** The library renders a column that an image lacks like NULL, so the image itself has to be asked. */
function assertFullImage(bitmap: Buffer, layout: ReadableLayout): void {
  for (let index = 0; index < layout.names.length; index += 1) {
    const isPresent = ((bitmap[index >> 3] ?? 0) >> (index & 7)) & 1;
    if (isPresent === 0 && layout.virtual[index] !== true) {
      throw new ReplicationError(
        'ERG_1503',
        `table ${layout.table}: expected full row images, got one without column ${layout.names[index]}`,
      );
    }
  }
}
