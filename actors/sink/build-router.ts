/** The router of a reader of the stream: the sink's own, or that of a catch-up. */
import type { RecordDecoder } from '../../protocol/change/decode/record-decoder.ts';
import { buildSeqEncoder } from '../../protocol/change/sequence.ts';
import type { SourcePosition } from '../../protocol/change/source-position.ts';
import { buildShardMap } from '../../protocol/route/build-shard-map.ts';
import { buildTableRoutes } from './build-routes.ts';
import { PlaceFinder } from './place-finder.ts';
import { RecordRouter, type RecordRouterOptions } from './record-router.ts';
import { type Reach, selectTaken } from './select-taken.ts';
import type { ShardCatalog } from './shard-catalog.ts';
import type { SinkDeps } from './sink-deps.ts';
import type { TableRoute } from './table-route.ts';

export interface ReaderParts
  extends Pick<RecordRouterOptions, 'ledger' | 'progress' | 'lookups' | 'teachesLookups' | 'push' | 'refuse'> {
  readonly deps: SinkDeps;
  readonly catalogs: readonly ShardCatalog[];
  readonly decoder: RecordDecoder;
  /** Source position of what was settled before. */
  readonly position: SourcePosition | undefined;
  /** Everything is this reader's. */
  readonly takesAll: () => boolean;
  readonly reachOf: (shard: number, route: TableRoute) => Reach;
}

export function buildRouter(parts: ReaderParts): RecordRouter {
  const { deps, catalogs, progress, position, takesAll, reachOf } = parts;
  const { settings, logger } = deps;
  return new RecordRouter(
    {
      ...parts,
      tables: buildTableRoutes(settings, catalogs, progress.unwritten),
      places: new PlaceFinder(
        buildShardMap(
          settings.target,
          catalogs.map(({ shard }) => shard.name),
        ),
      ),
      encodeSeq: buildSeqEncoder(settings.source.topicEpoch),
      select: (placed) => (takesAll() ? placed : selectTaken(placed, reachOf)),
      isLeftOut: (shard, route) => reachOf(shard, route) !== 'own',
      logger,
    },
    position,
  );
}
