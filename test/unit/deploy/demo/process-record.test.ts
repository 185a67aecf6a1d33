import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endRecordedProcesses, recordProcesses } from '../../../../deploy/demo/process-record.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ergate-record-'));
  file = join(folder, 'processes.json');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function startSleeper() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  return { pid: child.pid ?? -1, gone: once(child, 'exit'), child };
}

describe('process record', () => {
  test('ends the processes that were recorded, once', async () => {
    const { pid, gone } = startSleeper();
    recordProcesses(file, [pid]);
    expect(endRecordedProcesses(file)).toBe(1);
    expect(await gone).toEqual([null, 'SIGKILL']);
    expect(existsSync(file)).toBe(false);
    expect(endRecordedProcesses(file)).toBe(0);
  });

  test('leaves a later process with the same pid alone', async () => {
    const { pid, gone, child } = startSleeper();
    recordProcesses(file, [pid]);
    const [recorded] = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify([{ ...recorded, started: `${recorded.started}0` }]));
    expect(endRecordedProcesses(file)).toBe(0);
    expect(child.exitCode).toBe(null);
    child.kill();
    await gone;
  });

  test('a damaged record ends nothing', () => {
    writeFileSync(file, '{"half');
    expect(endRecordedProcesses(file)).toBe(0);
  });
});
