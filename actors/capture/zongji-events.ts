/** The events of @vlasky/zongji as far as we read them; its own declarations leave out half of what is used here. */

interface EventBase {
  getTypeName(): string;
  /** ms, whole seconds; 0 for events that the server makes for this connection only. */
  readonly timestamp: number;
  /** End of the event in the log; 0 where it has no place there. 32 bits: it wraps in a file of over 4 GiB. */
  readonly nextPosition: number;
}

export interface ZongjiRotate extends EventBase {
  getTypeName(): 'Rotate';
  readonly binlogName: string;
  readonly position: number;
}

export interface ZongjiGtid extends EventBase {
  getTypeName(): 'Gtid' | 'AnonymousGtid';
  readonly gtid: string;
}

export interface ZongjiMariadbGtid extends EventBase {
  getTypeName(): 'MariadbGtid';
  readonly gtid: string;
  /** A statement without transaction around it. */
  readonly standalone: boolean;
}

export interface ZongjiQuery extends EventBase {
  getTypeName(): 'Query';
  readonly query: string;
  readonly schema: string;
}

export interface ZongjiPlain extends EventBase {
  getTypeName(): 'Xid' | 'Format' | 'Heartbeat' | 'Unknown';
}

export interface ZongjiXaPrepare extends EventBase {
  getTypeName(): 'XaPrepare';
  readonly onePhase: boolean;
}

export interface ZongjiTableMap extends EventBase {
  getTypeName(): 'TableMap';
  readonly tableId: number;
  readonly tableName: string;
  /** Undefined without binlog_row_metadata=FULL. */
  readonly columnNames: readonly string[] | undefined;
  /** Collations by column; undefined for those that have none. */
  readonly _columnCharsetIds: readonly (number | undefined)[] | undefined;
  /** Members of ENUM and SET by column, as bytes in its character set. */
  readonly _enumSetValues: readonly (readonly Buffer[] | undefined)[] | undefined;
}

export type ZongjiRow = Readonly<Record<string, unknown>>;

export interface ZongjiRows extends EventBase {
  getTypeName(): 'WriteRows' | 'DeleteRows';
  readonly tableId: number;
  readonly columns_present_bitmap: Buffer;
  readonly rows: readonly ZongjiRow[];
}

export interface ZongjiUpdateRows extends EventBase {
  getTypeName(): 'UpdateRows';
  readonly tableId: number;
  readonly columns_present_bitmap: Buffer;
  readonly columns_present_bitmap2: Buffer;
  readonly rows: readonly { readonly before: ZongjiRow; readonly after: ZongjiRow }[];
}

export type ZongjiEvent =
  | ZongjiRotate
  | ZongjiGtid
  | ZongjiMariadbGtid
  | ZongjiQuery
  | ZongjiPlain
  | ZongjiXaPrepare
  | ZongjiTableMap
  | ZongjiRows
  | ZongjiUpdateRows;

export interface ZongjiColumnSchema {
  readonly COLUMN_NAME: string;
  readonly UNSIGNED?: boolean;
  /** Decides whether the values of following rows are texts or bytes. */
  COLUMN_TYPE: string;
  ENUM_VALUES?: readonly (string | undefined)[] | undefined;
  SET_VALUES?: readonly (string | undefined)[] | undefined;
}

/** What the library keeps per table id. */
export interface ZongjiTable {
  readonly columnSchemas: readonly ZongjiColumnSchema[];
  /** The type decides how the library reads the values of following rows. */
  readonly columns: readonly { readonly name: string; type: number; charset: string | null }[];
}
