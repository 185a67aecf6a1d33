/** What is around the columns of a table and can change or refuse what is written to it. */
export interface TableTraits {
  /** False for a view, a sequence and the like. */
  readonly isBase: boolean;
  /** As the server names it: "InnoDB"; undefined where there is none, as for a view. */
  readonly engine: string | undefined;
  /** False where a batch cannot be rolled back. */
  readonly isTransactional: boolean;
  /** Columns that SELECT * leaves out. */
  readonly invisibleColumns: readonly string[];
  /** Those that the database user may see. */
  readonly triggers: readonly Trigger[];
  /** Of the table to others and of others to the table; those that the database user may see, within one schema. */
  readonly foreignKeys: readonly ForeignKey[];
}

export interface Trigger {
  readonly name: string;
  /** "BEFORE INSERT". */
  readonly when: string;
}

export interface ForeignKey {
  readonly name: string;
  /** The table that has it. */
  readonly child: string;
  readonly parent: string;
  /** "CASCADE", "SET NULL", "RESTRICT", … */
  readonly onDelete: string;
  readonly onUpdate: string;
}
