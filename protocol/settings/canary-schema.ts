/** Rows that are damaged on purpose, so that it is seen whether the verification finds damage. */
import { z } from 'zod';
import { durationMs } from './duration.ts';
import { column, table } from './setting-name.ts';

const DAY_MS = 24 * 3_600_000;

export const canary = z.strictObject({
  table: table.describe('Replicated table, by its name at the source.'),
  where: z
    .record(column, z.array(z.string().min(1).max(255)).min(1).max(100))
    .describe(
      'All columns of its primary key at the source, each with the values of the reserved rows. Nothing else may use these rows: they are damaged at the target, again and again.',
    ),
  every: durationMs(1_000, DAY_MS)
    .prefault('5m')
    .describe('From one damage, which the sweep and then the verifier have to find, to the next.'),
  within: durationMs(1_000, DAY_MS)
    .optional()
    .describe(
      'A canary that is not reported so soon raises an alert; more than delay, which the verifier waits; delay and a minute when left out.',
    ),
});
