import type { Cell } from '../../../protocol/change/cell.ts';
import type { MysqlRow } from '../../runtime/mysql-connection.ts';
import type { LookupResolver } from '../lookup-resolver.ts';
import { readIntegerKey } from './integer-key.ts';

/**
 * What resolvers have in common whose key is an integer column. Only digits and a sign ever get into the query, so it needs
 * no quoting.
 */
export abstract class NumberResolver implements LookupResolver {
  /** The query up to the list of keys; it names its columns k and v. */
  protected abstract readonly selectWhereKeyIn: string;

  readKey(text: string): string | undefined {
    return readIntegerKey(text);
  }

  buildQuery(keys: readonly string[]): string {
    return `${this.selectWhereKeyIn} (${keys.join(', ')})`;
  }

  readRow({ k, v }: MysqlRow): { readonly key: string; readonly value: Cell } {
    return { key: String(k), value: v === null ? null : String(v) };
  }
}
