/** One row, now, by a person: found on both sides, and repaired by the sink that owns it. */
import type { AuditLog } from '../../actors/state/audit-log.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { ForceSyncAnswer, ForceSyncOrder, SyncedRow } from '../../protocol/message/force-sync-message.ts';
import type { RepairAnswer, RepairRequest } from '../../protocol/message/recovery-message.ts';
import type { PipelineSettings, Settings } from '../../protocol/settings/settings-schema.ts';
import { openRowSides } from '../open-row-sides.ts';
import { assertApplied } from './assert-applied.ts';
import { findOwner } from './find-owner.ts';
import { type FoundRows, findRows } from './find-rows.ts';

export interface ForceSyncParts {
  readonly settings: Settings;
  readonly audit: Pick<AuditLog, 'add'>;
  readonly ask: (
    place: { readonly pipeline: string; readonly partition: number },
    request: RepairRequest,
  ) => Promise<RepairAnswer>;
}

/** A row may be on several shards; not on more than anybody would have. */
const MAX_ROWS = 1_024;

/**
 * Noted in the audit before and after.
 *
 * @throws ReplicationError ERG_5113 when another tool writes the target; ERG_5201 when nothing tells whose the row is; as the
 *   audit, Kafka, the readers of both sides, and the sink
 */
export async function forceSync(order: ForceSyncOrder, parts: ForceSyncParts): Promise<ForceSyncAnswer> {
  const { settings, audit, ask } = parts;
  const { pipeline, table, key, mayDelete, reason, by } = order;
  const own = Object.hasOwn(settings.pipelines, pipeline) ? settings.pipelines[pipeline] : undefined;
  if (own === undefined) {
    const known = Object.keys(settings.pipelines).join(', ');
    throw new ReplicationError('ERG_5201', `there is no pipeline ${pipeline}; there are: ${known}`);
  }
  assertApplied(settings, pipeline);
  const { rows: wanted, compared } = await findWanted(settings, own, order);
  const named = key.map(([column, text]) => `${column}=${text}`).join(',');
  const note = { actor: by, object: `${pipeline} ${table} ${named}`, reason };
  const places = wanted.map(({ row: { shard }, partition }) => ({ shard, partition }));
  await audit.add({ ...note, action: 'force-sync order', detail: { places, mayDelete } });
  const rows: SyncedRow[] = [];
  for (const { row, partition } of wanted) {
    const answer = await ask({ pipeline, partition }, { row, mode: 'forceSync', mayDelete });
    rows.push({ shard: row.shard, partition, ...answer });
  }
  const outcomes = rows.map(({ shard, outcome, seq = null }) => ({ shard, outcome, seq }));
  await audit.add({ ...note, action: 'force-sync end', detail: { outcomes } });
  return { rows, compared };
}

/** Where it is not as it should be at first sight. */
async function findWanted(settings: Settings, own: PipelineSettings, order: ForceSyncOrder): Promise<FoundRows> {
  const { topic } = own.source;
  const sides = openRowSides(settings, own);
  try {
    const owner = await findOwner(settings, topic);
    const choice = { kind: 'keys', keys: [order.key] } as const;
    const found = await findRows(order.table, choice, { settings: own, sides, owner, maxRows: MAX_ROWS });
    if (found.unowned > 0) {
      throw new ReplicationError(
        'ERG_5201',
        `nothing tells in which partition of ${topic} the row is, or on which shard`,
      );
    }
    return found;
  } finally {
    sides.close();
  }
}
