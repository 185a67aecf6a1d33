/** The demo verifies as in production, but does not make people wait for hours. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DemoPipelines } from './demo-pipelines.ts';

const PIPELINES: Readonly<Record<DemoPipelines, readonly string[]>> = {
  order: ['order-seller', 'order-settlement'],
  six: ['order-seller', 'order-settlement', 'order-delivery', 'order-hosting', 'delivery-seller'],
};

/** As DamageJudge counts with them. */
export const DEMO_LIMITS = { delayMs: 2_000, sweepEveryMs: 20_000 };

export const SHORTENED =
  'delays are shortened here: rows are verified 2 s after their change (settings: 2 min), looked at again and repaired 2 s later (5 min), verified again after 4 s (30 min), and all tables are swept every 20 s (6 h)';

/** A file that goes over the settings. @returns its path */
export function writeShortDelays(folder: string, pipelines: DemoPipelines): string {
  const lines = PIPELINES[pipelines].flatMap((pipeline) => [
    `  ${pipeline}:`,
    '    verification:',
    '      delay: 2s',
    '      recovery: { checkAfter: 2s, reverifyAfter: 4s }',
    '      sweep: { every: 20s }',
  ]);
  const file = join(folder, 'short-delays.yaml');
  writeFileSync(file, ['pipelines:', ...lines, ''].join('\n'));
  return file;
}
