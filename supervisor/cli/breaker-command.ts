import { hostname, userInfo } from 'node:os';
import { openStateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { BreakerDetail } from '../../protocol/message/actor-status.ts';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import type { Settings } from '../../protocol/settings/settings-schema.ts';
import { EXIT } from './exit-codes.ts';
import { formatAge } from './format-quantity.ts';
import { loadSettings } from './load-settings.ts';
import { type Cell, type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import { type ReadOptions, readStatus } from './status-command.ts';

export interface BreakerOrderOptions {
  readonly config: readonly string[];
  readonly reason: string;
}

/** As one node sees it. */
export interface SeenBreaker extends BreakerDetail {
  readonly node: string;
}

const COLUMNS: readonly Column[] = [
  { title: 'PIPELINE' },
  { title: 'SHARD' },
  { title: 'STATE' },
  { title: 'SINCE', align: 'right' },
  { title: 'NODE' },
  { title: 'FAILED', align: 'right' },
  { title: 'REASON' },
];

export async function runBreakerList({ config, output }: ReadOptions): Promise<number> {
  const status = await readStatus(loadSettings(config));
  const breakers = listBreakers(status);
  await show(output, breakers, () => renderBreakers(breakers, status.atMs));
  return EXIT.ok;
}

/** The nodes obey within a few seconds; those that are down do when they start. */
export async function runBreakerOrder(
  action: 'open' | 'close',
  { pipeline, shard }: { readonly pipeline: string; readonly shard: string },
  { config, reason }: BreakerOrderOptions,
): Promise<number> {
  const settings = loadSettings(config);
  const shards = listShards(settings, pipeline);
  if (!shards.includes(shard)) {
    const known = shards.length === 0 ? Object.keys(settings.pipelines) : shards;
    process.stderr.write(`there is no shard ${shard} of pipeline ${pipeline}; there are: ${known.join(', ')}\n`);
    return EXIT.failed;
  }
  const state = openStateDatabase(settings.state);
  const by = nameAuthor();
  try {
    await state.audit.add({
      actor: by,
      action: `breaker ${action}`,
      object: `${pipeline} ${shard}`,
      reason,
      detail: {},
    });
    await state.breakerOrders.add({ pipeline, shard, action, reason, by });
  } finally {
    state.close();
  }
  const what = action === 'open' ? 'is held open until it is closed by hand' : 'is closed';
  process.stdout.write(`the breaker of ${pipeline} ${shard} ${what}; nodes obey within a few seconds\n`);
  return EXIT.ok;
}

/** Who gives an order. In a container a user may have a number and no name. */
export function nameAuthor(readUser: () => { readonly username: string } = userInfo): string {
  try {
    return `${readUser().username}@${hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}

/** Those that are not simply closed, of the nodes that are heard. */
export function listBreakers({ nodes }: Pick<SupervisorStatus, 'nodes'>): readonly SeenBreaker[] {
  return nodes
    .filter(({ state }) => state !== 'dead')
    .flatMap(({ node, breakers = [] }) => breakers.map((breaker) => ({ node, ...breaker })));
}

export function renderBreakers(breakers: readonly SeenBreaker[], atMs: number): string[] {
  const rows = breakers.map(({ pipeline, shard, state, sinceMs, node, failures, reason }): Cell[] => [
    { text: withoutControls(pipeline) },
    { text: withoutControls(shard) },
    { text: state },
    { text: formatAge(atMs - sinceMs) },
    { text: withoutControls(node) },
    { text: String(failures) },
    { text: withoutControls(reason) },
  ]);
  return rows.length === 0 ? ['all breakers are closed'] : renderTable(COLUMNS, rows);
}

function listShards({ pipelines, databases }: Settings, pipeline: string): readonly string[] {
  const name = Object.hasOwn(pipelines, pipeline) ? pipelines[pipeline]?.target.database : undefined;
  return name === undefined ? [] : (databases[name]?.shards ?? []).map((shard) => shard.name);
}
