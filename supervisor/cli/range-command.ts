/** Changes that nobody has verified: which, and what becomes of those that nobody comes back to. */
import type { GiveUpOutcome, ListedRange } from '../../actors/state/unverified-range.ts';
import { nameAuthor } from './breaker-command.ts';
import { EXIT } from './exit-codes.ts';
import { formatAge } from './format-quantity.ts';
import { type Column, renderTable, withoutControls } from './render-table.ts';
import { show } from './show.ts';
import type { ReadOptions } from './status-command.ts';
import { choosePipelines, withState } from './with-state.ts';

const COLUMNS: readonly Column[] = [
  { title: 'RANGE' },
  { title: 'PIPELINE' },
  { title: 'PARTITION', align: 'right' },
  { title: 'SHARD' },
  { title: 'TABLE' },
  { title: 'OFFSETS' },
  { title: 'AGE', align: 'right' },
  { title: 'READ AGAIN' },
  { title: 'REASON' },
];

const ANSWERS: Readonly<Record<GiveUpOutcome, string>> = {
  'given-up': 'given up; the status shows it so within a minute',
  unknown: 'there is no such range, or it has been verified',
  readable: 'is read again by itself when nothing stands in the way any more, and cannot be given up',
  before: 'was given up before',
};

export async function runRangeList({
  config,
  output,
  pipeline,
  all,
}: ReadOptions & { readonly pipeline?: string; readonly all?: boolean }): Promise<number> {
  const ranges = await withState(config, async (state, settings) => {
    const pipelines = choosePipelines(settings, pipeline);
    return pipelines && (await state.unverifiedRanges.list(pipelines, all === true));
  });
  if (ranges === undefined) {
    return EXIT.failed;
  }
  await show(output, ranges, () => renderRanges(ranges, Date.now()));
  return EXIT.ok;
}

/** @returns failed when one of them could not be given up */
export async function runRangeGiveUp(
  ids: readonly string[],
  { config, reason }: { readonly config: readonly string[]; readonly reason: string },
): Promise<number> {
  const outcomes = await withState(config, async ({ unverifiedRanges }) => {
    const given: GiveUpOutcome[] = [];
    for (const id of ids) {
      const outcome = await unverifiedRanges.giveUp(id, { by: nameAuthor(), reason });
      process.stdout.write(`range ${withoutControls(id)}: ${ANSWERS[outcome]}\n`);
      given.push(outcome);
    }
    return given;
  });
  return outcomes.every((outcome) => outcome === 'given-up') ? EXIT.ok : EXIT.failed;
}

function renderRanges(ranges: readonly ListedRange[], nowMs: number): string[] {
  const rows = ranges.map(({ id, pipeline, partition, shard, table, from, to, sinceMs, isReadable, reason, givenUp }) =>
    [
      id,
      pipeline,
      String(partition),
      shard === '*' ? 'all' : shard,
      table ?? 'all',
      `${from}..${to}`,
      formatAge(nowMs - sinceMs),
      givenUp === null ? nameReading(isReadable) : `given up by ${givenUp.by}: ${givenUp.reason}`,
      reason,
    ].map((text) => ({ text: withoutControls(text) })),
  );
  return rows.length === 0 ? ['there is no unverified range'] : renderTable(COLUMNS, rows);
}

function nameReading(isReadable: boolean): string {
  return isReadable ? 'by itself' : 'never';
}
