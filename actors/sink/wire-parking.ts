/** Joins the parking of a sink with its lanes, and a catch-up with both. */
import { buildDecoder } from '../../protocol/change/decode/build-decoder.ts';
import type { Lookups } from '../route/build-lookups.ts';
import { buildRouter } from '../route/build-router.ts';
import { targetName } from '../route/build-routes.ts';
import { buildTargetColumns } from '../route/column-forms.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { FenceOwner } from '../target/target-shard.ts';
import { CatchUp } from './catch-up.ts';
import type { EntrySettler } from './entry-settler.ts';
import type { LaneSet } from './lane-set.ts';
import { Parking } from './parking.ts';
import type { CatchUpPlace, ParkingOptions } from './parking-options.ts';
import type { LeftOut } from './plan-start.ts';
import type { SinkDeps } from './sink-deps.ts';
import { SinkProgress } from './sink-progress.ts';

export interface ParkingParts extends Pick<ParkingOptions, 'isPressed' | 'onChanged' | 'onFenced'> {
  readonly deps: SinkDeps;
  readonly owner: FenceOwner;
  readonly catalogs: readonly ShardCatalog[];
  readonly ledger: OffsetLedger;
  readonly lanes: LaneSet;
  readonly settler: EntrySettler;
  readonly lookups: Lookups;
  /** As the sink itself passes over what was repaired. */
  readonly passOver: (placed: readonly PlacedEntry[]) => readonly PlacedEntry[];
  /** From the start. */
  readonly parked: readonly LeftOut[];
}

export function wireParking(parts: ParkingParts): Parking {
  const { deps, catalogs, owner, parked, lanes, lookups } = parts;
  const { settings, shards, clock, logger } = deps;
  return new Parking(
    {
      ...parts,
      clock,
      logger,
      shards: shards.map(({ name }) => name),
      tables: Object.entries(settings.tables).map(([name, table]) => targetName(name, table)),
      parkAfterMs: settings.breaker.parkAfter,
      listTroubles: () => lanes.listTroubles(),
      dropLeftOut: (shard) => lanes.dropLeftOut(shard),
      areLookupsIdle: () => [...lookups.queues.values()].every(({ isIdle }) => isIdle),
      refusalOf: (shard) => deps.gateOf?.(shards[shard]?.name ?? '').refusal,
      reopen: async (shard) => {
        await shards[shard]?.takeFence(owner);
        await catalogs[shard]?.refresh();
        return catalogs[shard]?.unusable ?? new Map();
      },
      openCatchUp: (place) => openCatchUp(parts, place),
    },
    parked,
  );
}

function openCatchUp(parts: ParkingParts, place: CatchUpPlace): CatchUp {
  const { deps, lanes, settler, lookups, ledger: ahead } = parts;
  return new CatchUp({
    ...place,
    deps,
    buildRouter: (ledger) =>
      buildRouter({
        ...parts,
        decoder: buildDecoder(deps.settings.source, buildTargetColumns(deps.settings, parts.catalogs)),
        ledger,
        position: place.scope.position,
        progress: new SinkProgress(() => {}), // its records were counted before
        teachesLookups: false,
        takesAll: () => false,
        reachOf: place.reachOf,
        push: (placed, laneHash) => lanes.push(placed, laneHash),
        refuse: (refusal) => settler.refuseAgain(refusal, ledger),
      }),
    limit: () => ahead.watermark + ahead.gap,
    // Nor does it put more than a query's worth in front of what the sink itself looks up.
    isWanted: () =>
      ![...lookups.queues.values()].some(({ isFull }) => isFull) && lanes.isHungry((shard) => shard === place.shard),
  });
}
