import type { Cell } from '../../protocol/change/cell.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { LookupResolver } from './lookup-resolver.ts';
import { asLookupError } from './source-errors.ts';
import type { LearnedColumns, SourceLookup } from './source-lookup.ts';

/** Enough to make the round trip small against the work; few enough that the optimiser keeps to the index. */
const MAX_KEYS_PER_QUERY = 500;

export class MysqlSourceLookup implements SourceLookup {
  readonly #resolver: LookupResolver;
  readonly #query: (sql: string) => Promise<readonly MysqlRow[]>;

  constructor(resolver: LookupResolver, query: (sql: string) => Promise<readonly MysqlRow[]>) {
    this.#resolver = resolver;
    this.#query = query;
  }

  get learnFrom(): LearnedColumns | undefined {
    return this.#resolver.learnFrom;
  }

  async findMany(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Cell[]>> {
    const askedByKey = this.#groupByKey(keys);
    const distinct = [...askedByKey.keys()];
    const found = new Map<string, Cell[]>();
    try {
      for (let at = 0; at < distinct.length; at += MAX_KEYS_PER_QUERY) {
        const rows = await this.#query(this.#resolver.buildQuery(distinct.slice(at, at + MAX_KEYS_PER_QUERY)));
        for (const row of rows) {
          this.#collect(row, askedByKey, found);
        }
      }
    } catch (error) {
      throw asLookupError(this.#resolver.name, error);
    }
    return found;
  }

  /** Canonical key to the texts that mean it. */
  #groupByKey(keys: readonly string[]): Map<string, Set<string>> {
    const askedByKey = new Map<string, Set<string>>();
    for (const asked of keys) {
      const key = this.#resolver.readKey(asked);
      if (key !== undefined) {
        const group = askedByKey.get(key);
        if (group === undefined) {
          askedByKey.set(key, new Set([asked]));
        } else {
          group.add(asked);
        }
      }
    }
    return askedByKey;
  }

  #collect(row: MysqlRow, askedByKey: ReadonlyMap<string, ReadonlySet<string>>, found: Map<string, Cell[]>): void {
    const { key, value } = this.#resolver.readRow(row);
    for (const asked of askedByKey.get(key) ?? []) {
      const values = found.get(asked);
      if (values === undefined) {
        found.set(asked, [value]);
      } else {
        values.push(value);
      }
    }
  }
}
