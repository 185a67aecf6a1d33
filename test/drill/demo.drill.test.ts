/**
 * npm run drill -- demo [--seed N] [--count N]: the demo as people run it, damage included. Each damaged row is told of, found,
 * and closed, or overwritten; everything ends equal and verified.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readDrillCount, readDrillSeed } from '../support/drill/drill-options.ts';
import { testOnRequest } from '../support/drill/drill-test.ts';

const ROWS = readDrillCount(20);
const DEMO = join(import.meta.dirname, '..', '..', 'deploy', 'demo', 'run-demo.ts');

testOnRequest(
  'the demo finds, repairs and closes what it damages, and says so',
  'the same as the saboteur, longer',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ergate-demo-'));
    try {
      const args = ['--for', '15s', '--rate', '200', '--seed', String(readDrillSeed()), '--corrupt', String(ROWS)];
      const { code, lines } = await run([DEMO, ...args, '--folder', folder]);
      expect(lines.at(-2), lines.join('\n')).toBe('EQUAL');
      expect(code).toBe(0);
      const count = (word: string) => lines.filter((line) => line.startsWith(`  ${word} `)).length;
      expect(count('damaged')).toBe(ROWS);
      expect(count('closed') + count('overwritten')).toBe(ROWS);
      expect(count('closed')).toBeGreaterThan(ROWS / 4); // most rows are changed again only now and then
      expect(lines.join('\n')).toMatch(/order-seller verified up to .*coverage \d+\.\d\d %/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  400_000,
);

async function run(args: readonly string[]): Promise<{ code: number | null; lines: readonly string[] }> {
  const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  demo.stdout.setEncoding('utf8');
  let text = '';
  demo.stdout.on('data', (part: string) => {
    text += part;
  });
  const code = await new Promise<number | null>((resolve) => demo.once('close', resolve));
  return { code, lines: text.trimEnd().split('\n') };
}
