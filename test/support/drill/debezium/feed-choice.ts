/** Which of the connector's many ways a drill runs with: told on the command line, or chosen by the seed. */
import type { SeededRandom } from '../../../../deploy/banana/seeded-random.ts';
import { readDrillOptions } from '../drill-options.ts';

const OPTIONS = {
  /** Whether records have the schema part. */
  schema: ['on', 'off'],
  /** How values are written; see value-modes.ts. */
  modes: ['first', 'second', 'third'],
  /** What goes to the topic of the order tables: these, or also heartbeats, transactions and schema changes. */
  topics: ['tables', 'all'],
  /** Whether the settings say that there is one log (source.logEpoch). */
  positions: ['on', 'off'],
  compression: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
} as const;

export type FeedChoice = Readonly<Record<keyof typeof OPTIONS, string>>;

/** @param preset of a test; options that are told come before it */
export function chooseFeed(random: SeededRandom, preset: Partial<FeedChoice>): FeedChoice {
  const chosen = Object.entries(OPTIONS).map(([name, values]) => [name, random.pick(values)]);
  return { ...Object.fromEntries(chosen), ...preset, ...readDrillOptions(OPTIONS) };
}

/** All modes, with the schema part and without; a run that is told one of both is about nothing else. */
export function listPresets(): readonly Partial<FeedChoice>[] {
  const { schema, modes } = readDrillOptions(OPTIONS);
  return schema === undefined && modes === undefined
    ? [
        { schema: 'on', modes: 'first' },
        { schema: 'off', modes: 'second' },
        { schema: 'on', modes: 'third' },
      ]
    : [{ ...(schema && { schema }), ...(modes && { modes }) }];
}
