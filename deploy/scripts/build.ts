/** `npm run build`: JavaScript for publishing in dist/, from protocol, actors and supervisor; nothing of it is left of before. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { runStep } from './run-step.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
const TIMEOUT_MS = 5 * 60_000;

const packageSchema = z.object({ bin: z.record(z.string(), z.string()) });

/** What package.json offers as commands and the build did not make. */
function findMissingCommands(): readonly string[] {
  const { bin } = packageSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  return Object.values(bin).filter((file) => !existsSync(join(ROOT, file)));
}

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const compiled = await runStep({
  title: 'build',
  program: process.execPath,
  args: [TSC, '-p', join(import.meta.dirname, 'tsconfig.build.json')],
  timeoutMs: TIMEOUT_MS,
});
const missing = compiled ? findMissingCommands() : [];
for (const file of missing) {
  console.error(`expected ${file}, which package.json names as a command; it was not built`);
}
process.exitCode = compiled && missing.length === 0 ? 0 : 1;
