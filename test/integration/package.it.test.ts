/** What is published, as a user gets it: packed, installed in another folder, run by its command. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const INSTALL_TIMEOUT_MS = 150_000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ergate-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], ROOT);
  const [{ filename }] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [{ filename: string }]; // the build speaks first
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    join(folder, filename),
  ]);
}, INSTALL_TIMEOUT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** With the Node that runs this test in front of every other. */
function run(program: string, args: readonly string[], cwd = folder) {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` };
  return promisify(execFile)(program, args, { cwd, env, timeout: INSTALL_TIMEOUT_MS });
}

async function ergate(...args: readonly string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  try {
    const { stdout, stderr } = await run('npx', ['--no-install', 'ergate', ...args]);
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string }; // of execFile
    return { code, output: stdout + stderr };
  }
}

test('it says its version', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }; // our own
  expect(await ergate('version')).toEqual({ code: 0, output: expect.stringContaining(version) });
});

test('it finds the settings that come with it valid, and names what is wrong in others', async () => {
  const shipped = join('node_modules', 'ergate', 'deploy', 'settings', 'order.yaml');
  expect((await ergate('config', 'validate', '--config', shipped)).code).toBe(0);
  await writeFile(join(folder, 'wrong.yaml'), 'version: 1\nlanes: 4');
  expect(await ergate('config', 'validate', '--config', 'wrong.yaml')).toEqual({
    code: 78,
    output: expect.stringContaining('wrong.yaml:2:1  lanes: expected one of the keys'),
  });
});

test('it brings the schema for editors that its settings name', async () => {
  const settings = join(folder, 'node_modules', 'ergate', 'deploy', 'settings');
  const named = /\$schema=(\S+)/.exec(await readFile(join(settings, 'order.yaml'), 'utf8'))?.[1] ?? '';
  expect(JSON.parse(await readFile(join(settings, named), 'utf8'))).toMatchObject({ type: 'object' });
});
