/** A step of the test run with real processes. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runStep } from '../../deploy/scripts/run-step.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-step-'));
  vi.spyOn(console, 'log').mockImplementation(() => {});
});

afterAll(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

function shell(script: string, timeoutMs = 30_000): Promise<boolean> {
  return runStep({ title: 'a step', program: 'sh', args: ['-c', script], timeoutMs });
}

test.each([
  ['exit 0', true],
  ['exit 3', false],
  ['kill -9 $$', false],
])('a step that ends by "%s" succeeded: %s', async (script, succeeded) => {
  expect(await shell(script)).toBe(succeeded);
});

test('a program that is not there is a failed step', async () => {
  expect(await runStep({ title: 'none', program: join(folder, 'none'), args: [], timeoutMs: 30_000 })).toBe(false);
});

test('a step without time left is not begun', async () => {
  const file = join(folder, 'begun');
  expect(await shell(`touch ${file}`, 0)).toBe(false);
  expect(existsSync(file)).toBe(false);
});

test('a step that takes too long is ended with everything that it started', async () => {
  const file = join(folder, 'pid');
  expect(await shell(`sleep 600 & echo $! > ${file}; wait`, 1_000)).toBe(false);
  const pid = Number(await readFile(file, 'utf8'));
  await expect.poll(() => isRunning(pid)).toBe(false);
});

/** A process that ended and that nobody has asked for yet is still there, as a zombie. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) Z /.test(stat);
}
