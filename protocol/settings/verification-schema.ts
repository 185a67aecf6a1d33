/** How a pipeline is verified, and what becomes of rows that are found wrong. */
import { z } from 'zod';
import { canary } from './canary-schema.ts';
import { durationMs } from './duration.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const recovery = z.strictObject({
  mode: z
    .enum(['observe', 'repair'])
    .default('observe')
    .describe(
      'observe: cases are stored, checked and closed, and no row is written unless a person orders it. repair: confirmed ones are repaired.',
    ),
  checkAfter: durationMs(1_000, DAY_MS)
    .prefault('5m')
    .describe('From the finding of a wrong row to the look that decides; many are right again by then.'),
  reverifyAfter: durationMs(1_000, DAY_MS).prefault('30m').describe('From a repair to the look that closes the case.'),
  maxAttempts: z.int().min(1).max(100).default(5).describe('Repairs of one row before a person has to look at it.'),
  rowsPerSecond: z.int().min(1).max(10_000).default(50).describe('Most repairs per second of one partition.'),
  deletesPerHour: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(100)
    .describe('Most rows of one partition that are deleted because the source does not have them; 0: none by itself.'),
  storm: z
    .strictObject({
      rows: z.int().min(1).max(10_000_000).default(500).describe('Wrong rows of a table within the time below.'),
      within: durationMs(1_000, DAY_MS).prefault('5m').describe('The time in which they are counted.'),
    })
    .prefault({})
    .describe('More than these stop the automatic repair of the table and raise an incident.'),
});

export const verification = z.strictObject({
  delay: durationMs(100, DAY_MS).prefault('2m').describe('Age of a change before its row is compared.'),
  whenOpen: z
    .enum(['range', 'dead-letter'])
    .default('range')
    .describe(
      'While the breaker of a shard is open. range: its changes are noted as an unverified range and verified later. dead-letter: each row becomes a case at once.',
    ),
  rowsPerRead: z.int().min(1).max(5_000).default(500).describe('Most rows in one query.'),
  concurrency: z.int().min(1).max(16).default(2).describe('Queries at a time, per shard.'),
  recovery: recovery.prefault({}).describe('What becomes of rows that are found wrong.'),
  sweep: z
    .strictObject({
      every: durationMs(10_000, 365 * DAY_MS)
        .prefault('24h')
        .describe('From the start of one sweep to the next.'),
      chunkRows: z.int().min(10).max(100_000).default(1_000).describe('Rows compared as one sum.'),
      rowsPerSecond: z.int().min(1).max(1_000_000).default(5_000).describe('Most rows read per second, each side.'),
    })
    .optional()
    .describe('Compares whole tables in the background, and finds rows that no change ever named. Left out: none.'),
  canary: canary
    .optional()
    .describe('Damages reserved rows on purpose, and raises an alert when that is not found. Left out: nothing is.'),
});
