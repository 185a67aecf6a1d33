import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration written with its unit ("250ms", "30s", "2m", "1h"), as milliseconds. */
export function durationMs(minMs: number, maxMs: number) {
  const range = `a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  return z
    .string()
    .regex(/^\d{1,9}(ms|s|m|h)$/, `expected ${range} with its unit`)
    .meta({ range })
    .transform(parseDurationMs)
    .refine((ms) => ms >= minMs && ms <= maxMs, `expected ${range}`);
}

/** The shortest text that names the same duration. */
export function formatDuration(ms: number): string {
  const units = Object.entries(UNIT_MS).reverse();
  const [unit, unitMs] = units.find(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${ms / unitMs}${unit}`;
}

function parseDurationMs(text: string): number {
  const unit = (/[a-z]+$/.exec(text)?.[0] ?? 'ms') as keyof typeof UNIT_MS; // the pattern allows these only
  return Number.parseInt(text, 10) * UNIT_MS[unit];
}
