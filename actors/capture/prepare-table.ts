/**
 * What has to be set in the log library's description of a table so that it hands out the bytes of values which it would
 * render with loss: JSON, geometry, and every text. It makes the description anew at each definition in the log.
 */
import type { LoggedColumn } from './build-layout.ts';
import { chooseTextDecoder, type SourceCharacters } from './decode-text.ts';
import { baseType, isTextType } from './read-cell.ts';
import type { ZongjiColumnSchema, ZongjiTable, ZongjiTableMap } from './zongji-events.ts';

/** Type codes of the log. JSON and geometry are stored like a BLOB, whose bytes the library hands out. */
const TAKEN_AS_BLOB: ReadonlySet<number> = new Set([245, 255]);
const BLOB_CODE = 252;
/** A text in a column of this type is handed out as its bytes. */
const BYTES_TYPE = 'varbinary';

/** The columns as the log describes them, before `takeBytes`. */
export function describeColumns(
  event: ZongjiTableMap,
  table: ZongjiTable,
  { setByCollation, tables }: SourceCharacters,
): readonly LoggedColumn[] {
  return table.columns.map(({ name, type }, index): LoggedColumn => {
    const schema = table.columnSchemas[index];
    const set = setByCollation.get(event._columnCharsetIds?.[index] ?? -1);
    const decode = set === undefined ? undefined : chooseTextDecoder(set, tables);
    return {
      name,
      code: type,
      columnType: schema?.COLUMN_TYPE ?? '',
      unsigned: schema?.UNSIGNED,
      charset: set,
      decode,
      members: event._enumSetValues?.[index]?.map((bytes) => decode?.(bytes)),
    };
  });
}

export function takeBytes({ columns, columnSchemas }: ZongjiTable, logged: readonly LoggedColumn[]): void {
  for (const [index, column] of columns.entries()) {
    const schema = columnSchemas[index];
    const type = baseType(schema?.COLUMN_TYPE ?? '');
    if (TAKEN_AS_BLOB.has(column.type)) {
      column.type = BLOB_CODE;
      column.charset = null;
    } else if (schema !== undefined && isTextType(type)) {
      column.charset = null;
      takeCharsAsBytes(schema, type);
    }
    takeMembers(schema, logged[index]?.members);
  }
}

/** Of TEXT types the library hands out bytes when there is no character set; of CHAR and VARCHAR it goes by the type. */
function takeCharsAsBytes(schema: ZongjiColumnSchema, type: string): void {
  if (type === 'char' || type === 'varchar') {
    schema.COLUMN_TYPE = BYTES_TYPE;
  }
}

function takeMembers(schema: ZongjiColumnSchema | undefined, members: LoggedColumn['members']): void {
  if (schema?.ENUM_VALUES !== undefined) {
    schema.ENUM_VALUES = members;
  }
  if (schema?.SET_VALUES !== undefined) {
    schema.SET_VALUES = members;
  }
}
