import { findCell } from '../../protocol/change/row-image.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { CanaryRequest, CanaryReturn } from '../../protocol/message/canary-message.ts';
import type { PipelineSettings } from '../../protocol/settings/settings-schema.ts';
import { holdsReserved, isReserved } from '../../protocol/verify/reserved-row.ts';
import { cellsOf } from '../../protocol/verify/row-name.ts';
import { CanaryRound, type CanaryRoundOptions } from './canary-round.ts';
import type { RepairDeps } from './repair-deps.ts';
import type { SinkDeps } from './sink-deps.ts';

export interface CanaryMeans extends Pick<CanaryRoundOptions, 'table' | 'lanesOf' | 'findRefusal' | 'onFenced'> {
  readonly deps: Pick<SinkDeps, 'settings' | 'clock'>;
  readonly repair: RepairDeps;
}

/** @throws ReplicationError ERG_5208 for every row that the settings do not reserve */
export function openCanary(request: CanaryRequest | CanaryReturn, means: CanaryMeans): CanaryRound {
  const { deps, repair, table } = means;
  const { settings, clock } = deps;
  const { row } = request;
  const canary = settings.verification?.canary;
  const reader = repair.readers?.get(row.shard);
  if (canary === undefined || reader === undefined || !isReserved(canary, row)) {
    throw new ReplicationError('ERG_5208', `this row of ${row.table} is not reserved for canaries`);
  }
  const kept = listKept(settings, repair, row.table);
  return new CanaryRound({
    ...means,
    witness: repair.witness,
    request,
    marker: settings.marker,
    columns: request.columns.filter((column) => !kept.has(column)),
    readRow: async () => (await reader.readMany(table, [cellsOf(row.targetKey)])).get(row.rowKey)?.image,
    isReserved: (image) => holdsReserved(canary, (column) => findCell(image, column)),
    clock,
  });
}

/** What decides where a row is, who wrote it, or comes from elsewhere; keys and generated columns are left out later. */
function listKept({ tables, marker }: PipelineSettings, { recordKeys }: RepairDeps, table: string) {
  const { shardKey, shardKeys = [], columnReplace = {}, findCkey } = tables[table] ?? {};
  const others = [shardKey, findCkey?.by, ...shardKeys, ...Object.keys(columnReplace)];
  return new Set([...others, ...Object.values(marker), ...(recordKeys.get(table) ?? [])]);
}
