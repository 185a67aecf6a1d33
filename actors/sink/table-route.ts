/** One replicated table: which columns of an image decide where its row goes and when it was written. */
import type { Cell } from '../../protocol/change/cell.ts';
import type { ColumnLayout, RowImage } from '../../protocol/change/row-image.ts';
import type { ReplicatedTableSettings } from '../../protocol/settings/settings-schema.ts';
import type { ShardRoute } from './shard-route.ts';
import { parseUtc } from './utc-text.ts';

interface LayoutPlan {
  /** -1 where the image has no such column. */
  readonly shardKeyIndex: number;
  readonly lookupIndex: number;
  readonly stampIndex: number;
}

export interface TableRouteOptions {
  readonly name: string;
  /** Among the tables of the pipeline; a lane is chosen by it. */
  readonly ordinal: number;
  readonly settings: ReplicatedTableSettings;
  readonly latencyColumn: string | undefined;
  /** In the order of the shard map. */
  readonly shards: readonly ShardRoute[];
}

export class TableRoute {
  readonly name: string;
  readonly ordinal: number;
  readonly shards: readonly ShardRoute[];
  /** The resolver that finds the shard key; undefined when the change carries it. */
  readonly resolver: string | undefined;
  readonly #options: TableRouteOptions;
  readonly #plans = new WeakMap<ColumnLayout, LayoutPlan>();

  constructor(options: TableRouteOptions) {
    this.#options = options;
    this.name = options.name;
    this.ordinal = options.ordinal;
    this.shards = options.shards;
    this.resolver = options.settings.findCkey?.resolver;
  }

  /** Undefined when the image has no such column, or the table no shard key. */
  findShardKey(image: RowImage): Cell | undefined {
    return image.cells[this.#planOf(image.layout).shardKeyIndex];
  }

  /** What the resolver is asked for. */
  findLookupKey(image: RowImage): string | undefined {
    const cell = image.cells[this.#planOf(image.layout).lookupIndex];
    return typeof cell === 'string' ? cell : undefined;
  }

  /** Wall ms, NaN when unknown. */
  readStamp(image: RowImage): number {
    const { stampIndex } = this.#planOf(image.layout);
    const cell = stampIndex < 0 ? undefined : image.cells[stampIndex];
    return typeof cell === 'string' ? parseUtc(cell) : Number.NaN;
  }

  #planOf(layout: ColumnLayout): LayoutPlan {
    let plan = this.#plans.get(layout);
    if (plan === undefined) {
      const { settings, latencyColumn } = this.#options;
      const indexOf = (column: string | undefined) => layout.indexByName.get(column ?? '') ?? -1;
      plan = {
        shardKeyIndex: indexOf(settings.shardKey),
        lookupIndex: indexOf(settings.findCkey?.by),
        stampIndex: indexOf(latencyColumn),
      };
      this.#plans.set(layout, plan);
    }
    return plan;
  }
}
