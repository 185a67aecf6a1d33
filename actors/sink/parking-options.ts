/** What the parking of a sink is joined with. */
import type { Clock } from '../../protocol/clock.ts';
import type { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { Logger } from '../../protocol/log/logger.ts';
import type { Reach } from '../route/select-taken.ts';
import type { TableRoute } from '../route/table-route.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { ParkedScope } from '../stream/parked-scope.ts';
import type { CatchUp } from './catch-up.ts';
import type { ShardTrouble } from './lane-set.ts';

export interface ParkingOptions {
  /** Of the sink. */
  readonly ledger: OffsetLedger;
  /** In the order of the shard map. */
  readonly shards: readonly string[];
  /** At the target. */
  readonly tables: readonly string[];
  readonly parkAfterMs: number;
  readonly listTroubles: () => readonly ShardTrouble[];
  readonly dropLeftOut: (shard: number) => void;
  /** More is held than should be: who cannot be written holds up all others. */
  readonly isPressed: () => boolean;
  /** Nothing waits for a look-up. */
  readonly areLookupsIdle: () => boolean;
  /** Why nothing may be sent to a shard now. */
  readonly refusalOf: (shard: number) => ReplicationError | undefined;
  /** Owns and knows the shard anew. @returns the tables that cannot be written @throws ReplicationError when it is not there */
  readonly reopen: (shard: number) => Promise<ReadonlyMap<string, ReplicationError>>;
  readonly openCatchUp: (place: CatchUpPlace) => CatchUp;
  /** What is noted has changed, or the intake may go on. */
  readonly onChanged: () => void;
  readonly onFenced: (error: ReplicationError) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface CatchUpPlace {
  readonly scope: ParkedScope;
  readonly shard: number;
  readonly reachOf: (shard: number, route: TableRoute) => Reach;
  readonly onProgress: () => void;
  readonly onFailed: (error: ReplicationError) => void;
}
