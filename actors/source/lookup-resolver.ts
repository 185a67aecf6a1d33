import type { Cell } from '../../protocol/change/cell.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { LearnedColumns } from './source-lookup.ts';

/** A named question to a source database. Pure: it writes the query and reads the rows, the look-up does the asking. */
export interface LookupResolver {
  /** Where the change stream tells the same; for rows that are gone at the source when they are asked for. */
  readonly learnFrom?: LearnedColumns;
  /**
   * The key in the one form under which rows answer it, so that "007" finds 7; undefined for a text that can be no key,
   * which is then not asked for.
   */
  readKey(text: string): string | undefined;
  /** @param keys canonical, distinct, at least one; whatever is in them, the query asks for rows and nothing else */
  buildQuery(keys: readonly string[]): string;
  /** NULL says that there is none; a key without any row says that nothing is known. */
  readRow(row: MysqlRow): { readonly key: string; readonly value: Cell };
}
