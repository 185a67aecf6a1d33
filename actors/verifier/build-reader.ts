/** The router of a verifier, or of its second reading of a range: what lies outside of the range is passed over. */
import { buildDecoder } from '../../protocol/change/decode/build-decoder.ts';
import type { SourcePosition } from '../../protocol/change/source-position.ts';
import type { Lookups } from '../route/build-lookups.ts';
import { buildRouter, type ReaderParts } from '../route/build-router.ts';
import { buildTargetColumns } from '../route/column-forms.ts';
import type { PlacedEntry } from '../route/place-change.ts';
import type { RecordRouter } from '../route/record-router.ts';
import type { ShardCatalog } from '../route/shard-catalog.ts';
import { UnwrittenColumns } from '../route/unwritten-columns.ts';
import type { UnverifiedRange } from '../state/unverified-range.ts';
import type { OffsetLedger } from '../stream/offset-ledger.ts';
import type { Checking } from './checking.ts';
import type { VerifierDeps } from './verifier-deps.ts';
import type { Check } from './verifier-progress.ts';

/** What is taken of what is read again. */
export interface ReadScope extends Pick<UnverifiedRange, 'shard' | 'table'> {
  /** Undefined: any. */
  readonly rowKey?: string | undefined;
}

export interface ReaderOptions {
  readonly deps: VerifierDeps;
  readonly catalogs: readonly ShardCatalog[];
  readonly lookups: Lookups;
  readonly checking: Checking;
  readonly ledger: OffsetLedger;
  readonly position: SourcePosition | undefined;
  /** Undefined: everything. */
  readonly range: ReadScope | undefined;
  readonly counts: ReaderParts['progress']['counts'];
  /** Nothing is to be found out about them. */
  readonly passOver: (checks: readonly Check[]) => void;
}

export function buildReader(options: ReaderOptions): RecordRouter {
  const { passOver, ...parts } = options;
  const { deps, catalogs, checking, ledger, range, counts } = parts;
  const { settings, shards } = deps;
  const nameOf = (shard: number) => shards[shard]?.name ?? '';
  const takes = (shard: string, table: string) =>
    range === undefined ||
    ((range.shard === '*' || range.shard === shard) && (range.table === null || range.table === table));
  const take = (placed: PlacedEntry) => {
    const isOfRow = range?.rowKey === undefined || range.rowKey === placed.entry.key;
    if (isOfRow && takes(nameOf(placed.shard), placed.entry.table.name)) {
      checking.push(placed);
    } else {
      passOver([placed.entry]);
    }
  };
  return buildRouter({
    ...parts,
    decoder: buildDecoder(settings.source, buildTargetColumns(settings, catalogs)),
    // The sink has counted them already.
    progress: { counts, unwritten: new UnwrittenColumns(() => {}) },
    teachesLookups: range === undefined,
    takesAll: () => true,
    reachOf: () => 'own',
    isLeftOut: (shard, route, { record, slot }) => {
      const place = { shard: nameOf(shard), table: route.shards[shard]?.targetTable ?? '' };
      if (takes(place.shard, place.table)) {
        checking.unverified.takeUnknown(place, { record, slot, ledger });
      }
      return true;
    },
    push: (placed) => {
      take(placed);
      placed.entry.followers?.forEach(take);
    },
    refuse: (refusal) => {
      const { stage, table = '', record, slot } = refusal;
      const isTaken =
        range === undefined ||
        range.table === null ||
        (stage === 'route' && range.table === (settings.tables[table]?.target ?? table));
      if (isTaken) {
        checking.unverified.takeRefused(refusal, ledger);
      } else {
        passOver([{ record, slot, ledger }]);
      }
    },
  });
}
