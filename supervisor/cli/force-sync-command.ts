/** One row, now, by a person: found on both sides, and repaired by the sink that owns it. */
import { KafkajsStreamAdmin } from '../../actors/stream/kafkajs-stream-admin.ts';
import { listRecordKeys, RowOwner } from '../../actors/sweeper/row-owner.ts';
import { systemClock } from '../../protocol/clock.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import { silentLogger } from '../../protocol/log/logger.ts';
import type { RepairAnswer } from '../../protocol/message/recovery-message.ts';
import type { PipelineSettings, Settings } from '../../protocol/settings/settings-schema.ts';
import { openRowSides } from '../open-row-sides.ts';
import { type FoundRows, findRows, type KeyPart } from '../recover/find-rows.ts';
import type { WantedRow } from '../recover/look-at-rows.ts';
import { SupervisorClient } from './ask-supervisor.ts';
import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { type Cell, type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { withState } from './with-state.ts';

export interface ForceSyncOptions extends ReadOptions {
  readonly pipeline: string;
  readonly table: string;
  readonly key: readonly KeyPart[];
  readonly reason: string;
  readonly delete?: boolean;
}

/** What became of the row on one shard. */
export interface SyncedRow extends RepairAnswer {
  readonly shard: string;
  readonly partition: number;
}

/** A row may be on several shards; not on more than anybody would have. */
const MAX_ROWS = 1_024;
const DONE: ReadonlySet<string> = new Set(['equal', 'written', 'deleted']);

const COLUMNS: readonly Column[] = [
  { title: 'SHARD' },
  { title: 'PARTITION', align: 'right' },
  { title: 'OUTCOME' },
  { title: 'COLUMNS' },
  { title: 'VERSION', align: 'right' },
  { title: 'MESSAGE' },
];

/** @returns failed when the row is not, or not surely, as its source row says */
export async function runForceSync(options: ForceSyncOptions): Promise<number> {
  const { config, output, pipeline } = options;
  const { synced, compared } = await withState(config, async ({ audit }, settings) => {
    const own = Object.hasOwn(settings.pipelines, pipeline) ? settings.pipelines[pipeline] : undefined;
    if (own === undefined) {
      const known = Object.keys(settings.pipelines).join(', ');
      throw new ReplicationError('ERG_5201', `there is no pipeline ${pipeline}; there are: ${known}`);
    }
    const { rows: wanted, compared } = await findWanted(settings, own, options);
    const note = { actor: nameAuthor(), object: `${pipeline} ${options.table}`, reason: options.reason };
    const places = wanted.map(({ row: { shard }, partition }) => ({ shard, partition }));
    await audit.add({ ...note, action: 'force-sync order', detail: { places } });
    const rows = await askOwners(settings, wanted, options);
    const outcomes = rows.map(({ shard, outcome, seq = null }) => ({ shard, outcome, seq }));
    await audit.add({ ...note, action: 'force-sync end', detail: { outcomes } });
    return { synced: rows, compared };
  });
  await show(output, synced, () => renderSynced(synced, compared));
  return synced.every(({ outcome }) => DONE.has(outcome)) ? EXIT.ok : EXIT.failed;
}

/** Where it is not as it should be at first sight. @throws ReplicationError ERG_5201 when nothing tells whose it is */
async function findWanted(
  settings: Settings,
  own: PipelineSettings,
  { table, key }: ForceSyncOptions,
): Promise<FoundRows> {
  const { topic } = own.source;
  const sides = openRowSides(settings, own);
  try {
    const owner = new RowOwner(listRecordKeys(settings.captures, topic), await readPartitionCount(settings, topic));
    const choice = { kind: 'keys', keys: [key] } as const;
    const found = await findRows(table, choice, { settings: own, sides, owner, maxRows: MAX_ROWS });
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

async function askOwners(
  settings: Settings,
  wanted: readonly WantedRow[],
  { pipeline, delete: mayDelete = false }: ForceSyncOptions,
): Promise<readonly SyncedRow[]> {
  if (wanted.length === 0) {
    return [];
  }
  const client = await SupervisorClient.open(settings);
  try {
    const synced: SyncedRow[] = [];
    for (const { row, partition } of wanted) {
      const answer = await client.repair({ pipeline, partition }, { row, mode: 'forceSync', mayDelete });
      synced.push({ shard: row.shard, partition, ...answer });
    }
    return synced;
  } finally {
    await client.close();
  }
}

async function readPartitionCount({ kafka, environment }: Settings, topic: string): Promise<number> {
  const address = { brokers: kafka.brokers, clientId: `ergate-${environment}-cli-${process.pid}` };
  const admin = new KafkajsStreamAdmin({ address, clock: systemClock, log: silentLogger });
  try {
    return await admin.readPartitionCount(topic);
  } finally {
    await admin.close();
  }
}

/** Without values of the row as it was: those are for programs. */
export function renderSynced(rows: readonly SyncedRow[], compared: number): string[] {
  if (rows.length === 0) {
    return compared === 0
      ? ['no row has this key, neither at the source nor on a shard: nothing was done']
      : ['the row is as its source row says, on all shards'];
  }
  const lines = rows.map(({ shard, partition, outcome, columns, seq, message }): Cell[] =>
    [shard, String(partition), outcome, columns.join(', '), seq ?? '', message].map((text) => ({
      text: withoutControls(text),
    })),
  );
  return renderTable(COLUMNS, lines);
}
