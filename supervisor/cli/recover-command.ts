import type { StateDatabase } from '../../actors/state/mysql-state-database.ts';
import { MAX_ROWS_ALONE, type StartOutcome } from '../../actors/state/run-store.ts';
import { assertApplied } from '../recover/assert-applied.ts';
import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { renderRuns } from './render-run.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { asDocument, choosePipelines, withState } from './with-state.ts';

export interface RunOptions {
  readonly config: readonly string[];
  readonly plan: bigint;
  readonly reason: string;
  readonly approveDeletes?: boolean;
}

const ITEMS_PER_STEP = 500;

const REFUSALS: Readonly<Record<Exclude<StartOutcome, 'started' | 'empty'>, string>> = {
  unknown: 'there is no such plan',
  'not-planned': 'it was started before',
  expired: 'it is older than 15 minutes, and the rows may be different by now: plan again',
  'same-person': `a run that deletes rows, or writes more than ${MAX_ROWS_ALONE}, is started by another person than who planned it`,
};

export async function runRecoverRun({ config, plan, reason, approveDeletes }: RunOptions): Promise<number> {
  const start = { by: nameAuthor(), reason, mayDelete: approveDeletes === true };
  const outcome = await withState(config, async (state, settings) => {
    const planned = await state.runs.find(plan);
    if (planned !== undefined) {
      assertApplied(settings, planned.pipeline);
    }
    const started = await state.runs.start(plan, start);
    if (started === 'started') {
      await placeAll(state, plan);
    }
    return started;
  });
  if (outcome === 'empty') {
    process.stdout.write(`plan ${plan}: no row of it is to be repaired; no run was started\n`);
    return EXIT.ok;
  }
  if (outcome !== 'started') {
    process.stderr.write(`plan ${plan}: ${REFUSALS[outcome]}\n`);
    return EXIT.failed;
  }
  process.stdout.write(`run ${plan} is under way; ergate recover watch ${plan} shows how far it is\n`);
  return EXIT.ok;
}

/** Who began it may have gone before all was ordered: whoever looks at the run goes on with it. */
export async function placeAll({ runs }: Pick<StateDatabase, 'runs'>, id: bigint): Promise<void> {
  while ((await runs.placeItems(id, ITEMS_PER_STEP)) > 0) {
    // the next ones
  }
}

export async function runRecoverMove(
  verb: 'pause' | 'resume' | 'stop',
  id: bigint,
  { config, reason }: { readonly config: readonly string[]; readonly reason: string },
): Promise<number> {
  const to = ({ pause: 'paused', resume: 'running', stop: 'stopped' } as const)[verb];
  const state = await withState(config, async (database) => {
    const isMoved = await database.runs.move(id, to, { by: nameAuthor(), reason });
    const run = await database.runs.find(id);
    if (run?.state === 'running') {
      await placeAll(database, id);
    }
    return isMoved || (verb === 'resume' && run?.state === 'running') ? 'moved' : run?.state;
  });
  if (state !== 'moved') {
    const why = state === undefined ? 'there is no such run' : `it is ${state}`;
    process.stderr.write(`run ${id}: ${why}\n`);
    return EXIT.failed;
  }
  process.stdout.write(`run ${id} is ${to}\n`);
  return EXIT.ok;
}

export async function runRecoverList({
  config,
  output,
  pipeline,
  limit,
}: ReadOptions & { readonly pipeline?: string; readonly limit: number }): Promise<number> {
  const runs = await withState(config, async (state, settings) => {
    const pipelines = choosePipelines(settings, pipeline);
    return pipelines && (await state.runs.list(pipelines, limit));
  });
  if (runs === undefined) {
    return EXIT.failed;
  }
  await show(output, asDocument(runs), () => renderRuns(runs, Date.now()));
  return EXIT.ok;
}
