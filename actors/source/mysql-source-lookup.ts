import type { Cell } from '../../protocol/change/cell.ts';
import type { MysqlRow } from '../runtime/mysql-connection.ts';
import type { LookupResolver } from './lookup-resolver.ts';
import { asLookupError, asResolverError } from './source-errors.ts';
import type { LearnedColumns, SourceLookup } from './source-lookup.ts';

/** Enough to make the round trip small against the work; few enough that the optimiser keeps to the index. */
const MAX_KEYS_PER_QUERY = 500;

export interface MysqlSourceLookupOptions {
  /** Of the resolver. */
  readonly name: string;
  readonly resolver: LookupResolver;
  readonly query: (sql: string) => Promise<readonly MysqlRow[]>;
}

export class MysqlSourceLookup implements SourceLookup {
  readonly #options: MysqlSourceLookupOptions;

  constructor(options: MysqlSourceLookupOptions) {
    this.#options = options;
  }

  get learnFrom(): LearnedColumns | undefined {
    return this.#options.resolver.learnFrom;
  }

  async findMany(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Cell[]>> {
    const { resolver } = this.#options;
    const askedByKey = this.#try(() => this.#groupByKey(keys));
    const distinct = [...askedByKey.keys()];
    const found = new Map<string, Cell[]>();
    for (let at = 0; at < distinct.length; at += MAX_KEYS_PER_QUERY) {
      const sql = this.#try(() => resolver.buildQuery(distinct.slice(at, at + MAX_KEYS_PER_QUERY)));
      const rows = await this.#query(sql);
      this.#try(() => {
        for (const row of rows) {
          this.#collect(row, askedByKey, found);
        }
      });
    }
    return found;
  }

  async #query(sql: string): Promise<readonly MysqlRow[]> {
    try {
      return await this.#options.query(sql);
    } catch (error) {
      throw asLookupError(this.#options.name, error);
    }
  }

  #try<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      throw asResolverError(this.#options.name, error);
    }
  }

  /** Canonical key to the texts that mean it. */
  #groupByKey(keys: readonly string[]): Map<string, Set<string>> {
    const askedByKey = new Map<string, Set<string>>();
    for (const asked of keys) {
      const key = this.#options.resolver.readKey(asked);
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
    const { key, value } = this.#options.resolver.readRow(row);
    if (value === undefined) {
      throw new TypeError('expected a value, got undefined');
    }
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
