/** One replicated table: which columns of an image decide where its row goes and when it was written, and what is looked up. */
import type { Cell } from '../../protocol/change/cell.ts';
import type { ColumnLayout, RowImage } from '../../protocol/change/row-image.ts';
import type { RowChange } from '../../protocol/change/source-transaction.ts';
import type { ColumnFiller } from './column-filler.ts';
import type { LookupAnswers, LookupKey } from './lookup-answers.ts';
import type { ShardRoute } from './shard-route.ts';
import { parseUtc } from './utc-text.ts';

interface LayoutPlan {
  /** -1 where the image has no such column. */
  readonly shardKeyIndexes: readonly number[];
  readonly lookupIndex: number;
  readonly stampIndex: number;
}

/** Of a table whose changes do not carry their shard key. */
export interface ShardKeyLookup {
  /** Id of the look-up. */
  readonly lookup: string;
  readonly resolver: string;
  /** Column whose value is looked up. */
  readonly by: string;
  readonly isSingle: boolean;
  readonly whenMissing: 'finding' | 'skip';
}

export interface TableRouteOptions {
  readonly name: string;
  /** Among the tables of the pipeline; a lane is chosen by it. */
  readonly ordinal: number;
  /** Columns that hold a shard key each; none when the target is not sharded or the key is looked up. */
  readonly shardKeys: readonly string[];
  readonly shardKeyLookup: ShardKeyLookup | undefined;
  readonly filler: ColumnFiller | undefined;
  /** Where its changes wait for their look-ups; undefined when they need none. */
  readonly queue: string | undefined;
  readonly latencyColumn: string | undefined;
  /** In the order of the shard map. */
  readonly shards: readonly ShardRoute[];
}

export class TableRoute {
  readonly name: string;
  readonly ordinal: number;
  readonly shards: readonly ShardRoute[];
  readonly shardKeyLookup: ShardKeyLookup | undefined;
  readonly queue: string | undefined;
  readonly #options: TableRouteOptions;
  readonly #plans = new WeakMap<ColumnLayout, LayoutPlan>();
  /** Nearly always that of the next image. */
  #lastLayout: ColumnLayout | undefined;
  #lastPlan: LayoutPlan | undefined;

  constructor(options: TableRouteOptions) {
    this.#options = options;
    this.name = options.name;
    this.ordinal = options.ordinal;
    this.shards = options.shards;
    this.shardKeyLookup = options.shardKeyLookup;
    this.queue = options.queue;
  }

  /** Whether a row has several shard keys of its own. */
  get hasShardKeys(): boolean {
    return this.#options.shardKeys.length > 1;
  }

  /** Undefined when the image has no such column, or the table no shard key. */
  findShardKey(image: RowImage): Cell | undefined {
    return image.cells[this.#planOf(image.layout).shardKeyIndexes[0] ?? -1];
  }

  listShardKeys(image: RowImage): readonly (Cell | undefined)[] {
    return this.#planOf(image.layout).shardKeyIndexes.map((index) => image.cells[index]);
  }

  /** What the resolver of the shard key is asked for. */
  findLookupKey(image: RowImage): string | undefined {
    const cell = image.cells[this.#planOf(image.layout).lookupIndex];
    return typeof cell === 'string' ? cell : undefined;
  }

  /** Everything that has to be looked up for a change. */
  listLookupKeys({ before, after }: RowChange): readonly LookupKey[] {
    const { shardKeyLookup, filler } = this.#options;
    const keys = after === null || filler === undefined ? [] : [...filler.listKeys(after)];
    if (shardKeyLookup !== undefined) {
      const { lookup, whenMissing } = shardKeyLookup;
      for (const image of [before, after]) {
        const key = image === null ? undefined : this.findLookupKey(image);
        if (key !== undefined) {
          keys.push({ lookup, key, acceptsMiss: whenMissing === 'finding' });
        }
      }
    }
    return keys;
  }

  /** The change as it is written. @throws ReplicationError ERG_2005, ERG_2006 */
  fill(change: RowChange, answers: LookupAnswers): RowChange {
    const { filler } = this.#options;
    if (filler === undefined || change.after === null) {
      return change;
    }
    return { ...change, after: filler.fill(change.after, change.op === 'insert', answers) };
  }

  /** Wall ms, NaN when unknown. */
  readStamp(image: RowImage): number {
    const { stampIndex } = this.#planOf(image.layout);
    const cell = stampIndex < 0 ? undefined : image.cells[stampIndex];
    return typeof cell === 'string' ? parseUtc(cell) : Number.NaN;
  }

  #planOf(layout: ColumnLayout): LayoutPlan {
    if (layout === this.#lastLayout && this.#lastPlan !== undefined) {
      return this.#lastPlan;
    }
    let plan = this.#plans.get(layout);
    if (plan === undefined) {
      const { shardKeys, shardKeyLookup, latencyColumn } = this.#options;
      const indexOf = (column: string | undefined) => layout.indexByName.get(column ?? '') ?? -1;
      plan = {
        shardKeyIndexes: shardKeys.map(indexOf),
        lookupIndex: indexOf(shardKeyLookup?.by),
        stampIndex: indexOf(latencyColumn),
      };
      this.#plans.set(layout, plan);
    }
    this.#lastLayout = layout;
    this.#lastPlan = plan;
    return plan;
  }
}
