/** The router of a reader of the stream: a sink's or a verifier's own, or that of one who reads again. */
import type { RecordDecoder } from '../../protocol/change/decode/record-decoder.ts';
import { buildSeqEncoder } from '../../protocol/change/sequence.ts';
import type { SourcePosition } from '../../protocol/change/source-position.ts';
import { buildShardMap } from '../../protocol/route/build-shard-map.ts';
import { buildTableRoutes } from './build-routes.ts';
import type { PlacedEntry } from './place-change.ts';
import { PlaceFinder } from './place-finder.ts';
import { RecordRouter, type RecordRouterOptions } from './record-router.ts';
import type { RouteDeps } from './route-deps.ts';
import { type Reach, selectTaken } from './select-taken.ts';
import type { ShardCatalog } from './shard-catalog.ts';
import type { TableRoute } from './table-route.ts';
import type { UnwrittenColumns } from './unwritten-columns.ts';

export interface ReaderParts
  extends Pick<RecordRouterOptions, 'ledger' | 'lookups' | 'teachesLookups' | 'push' | 'refuse'> {
  readonly progress: RecordRouterOptions['progress'] & { readonly unwritten: UnwrittenColumns };
  readonly deps: RouteDeps;
  readonly catalogs: readonly ShardCatalog[];
  readonly decoder: RecordDecoder;
  /** Source position of what was settled before. */
  readonly position: SourcePosition | undefined;
  /** Takes out what is not to be written any more; default: nothing. */
  readonly passOver?: ((placed: readonly PlacedEntry[]) => readonly PlacedEntry[]) | undefined;
  /** Everything is this reader's. */
  readonly takesAll: () => boolean;
  readonly reachOf: (shard: number, route: TableRoute) => Reach;
  /** Of a table that a shard has not shown; by the reach when left out. */
  readonly isLeftOut?: RecordRouterOptions['isLeftOut'];
}

export function buildRouter(parts: ReaderParts): RecordRouter {
  const { deps, catalogs, progress, position, takesAll, reachOf, passOver = (placed) => placed } = parts;
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
      select: (placed) => passOver(takesAll() ? placed : selectTaken(placed, reachOf)),
      isLeftOut: parts.isLeftOut ?? ((shard, route) => reachOf(shard, route) !== 'own'),
      logger,
    },
    position,
  );
}
