/** What has to be told about a topic that another capture than ours writes. */
export interface ForeignFormat {
  /**
   * Undefined: records have no source position, so that records which the capture sends again are applied again. A number
   * says that all records are of one server's log; it is raised when that log starts again or another server takes over.
   */
  readonly logEpoch: number | undefined;
  /** Column forms by table and column, where the records do not tell or tell wrong. */
  readonly columns: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface DebeziumFormat extends ForeignFormat {
  /** accept: what columns mean without a schema part is told by `columns`, and everything else is plain. */
  readonly withoutSchema: 'refuse' | 'accept';
  /** finding: the record is refused with ERG_1014. ignore: it is passed over and counted. */
  readonly truncate: 'finding' | 'ignore';
  readonly isBinary: TargetColumns['isBinary'];
}

export interface MaxwellFormat extends ForeignFormat {
  readonly isWideBit: TargetColumns['isWideBit'];
}

/** What is known of columns at the target; tables by their names at the source. */
export interface TargetColumns {
  /** Whether a column holds bytes. */
  isBinary(table: string, column: string): boolean;
  /** Whether a column is a BIT of more than one byte. */
  isWideBit(table: string, column: string): boolean;
}

/** The form that the settings name for a column; undefined when they do not. Names of both may be anything. */
export function findToldForm(
  { columns }: Pick<ForeignFormat, 'columns'>,
  table: string,
  column: string,
): string | undefined {
  const forms = Object.hasOwn(columns, table) ? columns[table] : undefined;
  return forms !== undefined && Object.hasOwn(forms, column) ? forms[column] : undefined;
}
