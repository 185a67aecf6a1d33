import { setTimeout as sleep } from 'node:timers/promises';
import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import type { SweepRun, SweepScope } from '../../actors/state/sweep-store.ts';
import { chooseTables } from '../../actors/sweeper/sweep-scope.ts';
import { ReplicationError } from '../../protocol/errors/replication-error.ts';
import type { PipelineSettings, Settings } from '../../protocol/settings/settings-schema.ts';
import { listenForStop } from '../node/guard-process.ts';
import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { renderSweep, renderSweeps } from './render-sweep.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { Screen } from './terminal.ts';
import { withState } from './with-state.ts';

export interface VerifyRunOptions extends ReadOptions {
  readonly pipeline: string;
  readonly table?: readonly string[];
  readonly keyRange?: SweepScope['keys'];
  /** Wall ms. */
  readonly since?: number;
  readonly wait?: boolean;
}

const LOOK_EVERY_MS = 500;

/** @returns with --wait: failed when it did not come to its end, or a row is wrong or could not be judged */
export async function runVerifyRun(options: VerifyRunOptions): Promise<number> {
  const { config, pipeline, table: tables, keyRange: keys, since: sinceMs, wait } = options;
  return await withState(config, async (state, settings) => {
    const scope = { tables, keys, sinceMs };
    assertSweepable(pipeline, settings, scope);
    const id = await state.sweeps.order({ pipeline, origin: 'order', scope, by: nameAuthor() });
    if (wait === true) {
      return await watch(state, id, options);
    }
    const ordered = await state.sweeps.find(id);
    await show(options.output, ordered, () => [`sweep ${id} of ${pipeline} is ordered: ergate verify watch ${id}`]);
    return EXIT.ok;
  });
}

/** As --wait, of a sweep that was ordered before, or is due. */
export function runVerifyWatch(id: number, options: ReadOptions & { readonly once?: boolean }): Promise<number> {
  return withState(options.config, (state) => watch(state, id, options));
}

export async function runVerifyList({
  config,
  output,
  pipeline,
  limit,
}: ReadOptions & { readonly pipeline?: string; readonly limit: number }): Promise<number> {
  const sweeps = await withState(config, (state) => state.sweeps.list(pipeline, limit));
  await show(output, sweeps, () => renderSweeps(sweeps));
  return EXIT.ok;
}

export async function runVerifyStop(id: number, { config }: Pick<ReadOptions, 'config'>): Promise<number> {
  const isStopped = await withState(config, async ({ sweeps, audit }) => {
    const hasEnded = await sweeps.stop(id);
    if (hasEnded) {
      await audit.add({ actor: nameAuthor(), action: 'verify stop', object: `sweep ${id}`, reason: '', detail: {} });
    }
    return hasEnded;
  });
  if (!isStopped) {
    process.stderr.write(`there is no sweep ${id}, or it had ended\n`);
    return EXIT.failed;
  }
  process.stdout.write(`sweep ${id} is stopped\n`);
  return EXIT.ok;
}

/**
 * Before anything is ordered that could not be carried out, or that nobody would.
 * @throws ReplicationError ERG_4103
 */
export function assertSweepable(pipeline: string, { pipelines }: Pick<Settings, 'pipelines'>, scope: SweepScope): void {
  const own = Object.hasOwn(pipelines, pipeline) ? pipelines[pipeline] : undefined;
  if (own === undefined) {
    throw refused(`there is no pipeline ${pipeline}; there are: ${Object.keys(pipelines).join(', ')}`);
  }
  if (own.verification?.sweep === undefined) {
    throw refused(`pipeline ${pipeline} has no sweeper: verification.sweep of its settings is left out`);
  }
  const tables = chooseTables(own, scope);
  const silent = scope.sinceMs === undefined ? [] : tables.filter((table) => !tellsChange(own, table));
  if (silent.length > 0) {
    throw refused(`nothing says when rows of ${silent.join(', ')} changed: name modifiedColumn in the settings`);
  }
}

function tellsChange({ tables }: PipelineSettings, table: string): boolean {
  return tables[table]?.modifiedColumn !== undefined;
}

function refused(message: string): ReplicationError {
  return new ReplicationError('ERG_4103', message);
}

async function watch(
  { sweeps }: StateDatabase,
  id: number,
  { output, once }: Pick<ReadOptions, 'output'> & { readonly once?: boolean },
): Promise<number> {
  const signal = listenForStop();
  const screen = output === 'table' && once !== true ? new Screen(process.stdout) : undefined;
  let last: SweepRun | undefined;
  try {
    for (;;) {
      last = await sweeps.find(id);
      if (last === undefined || last.endedMs !== null || once === true || signal.aborted) {
        break;
      }
      screen?.show(renderSweep(last));
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {}); // woken by the signal
    }
  } finally {
    screen?.close();
  }
  if (last === undefined) {
    process.stderr.write(`there is no sweep ${id}\n`);
    return EXIT.failed;
  }
  const ended = last;
  await show(output, ended, () => renderSweep(ended));
  return once === true || isClean(ended) ? EXIT.ok : EXIT.failed;
}

/** All that was to be compared was, and is right. */
export function isClean({ state, tables }: SweepRun): boolean {
  return (
    state === 'done' &&
    tables.every(({ reason, mismatches, unjudged }) => reason === null && mismatches + unjudged === 0)
  );
}
