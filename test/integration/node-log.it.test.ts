import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const LOGGING = fileURLToPath(new URL('../support/node-log-process.ts', import.meta.url));

test('a reader that does not take the log holds nobody up; lines that do not fit are missing, and counted', async () => {
  const child = spawn(process.execPath, [LOGGING], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const exited = once(child, 'exit');
  const [{ logged }] = await once(child, 'message'); // nothing has been read until now
  const lines = (await text(child.stderr!))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(await exited).toEqual([0, null]);
  const written = lines.filter(({ event }) => event === 'node.started');
  const dropped = lines.filter(({ event }) => event === 'log.dropped').reduce((sum, line) => sum + line.lines, 0);
  expect(dropped).toBeGreaterThan(0);
  expect(written.length).toBeGreaterThan(1_000);
  expect(written.length + dropped).toBe(logged);
  expect(written.map(({ line }) => line)).toEqual(written.map(({ line }) => line).toSorted((a, b) => a - b));
});
