/** The demo of the six pipelines as a person runs it, with a node killed on the way. ERGATE_DRILLS=all runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { testOnRequest } from '../support/drill/drill-test.ts';

const DEMO = join(import.meta.dirname, '..', '..', 'deploy', 'demo', 'run-demo.ts');
/** Into the load, so that both sources are written to and every sink has work. */
const KILL_AFTER_LINES = 3;

testOnRequest(
  'five pipelines end equal though a node is killed, and the sixth is refused with its code',
  'the pipelines are compared in an integration test',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ergate-six-'));
    const demo = spawn(process.execPath, [DEMO, '--pipelines', 'six', '--for', '20s', '--folder', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(demo, 'exit');
    const lines: string[] = [];
    let node: number | undefined;
    let loadLines = 0;
    for await (const line of createInterface({ input: demo.stdout })) {
      lines.push(line);
      node ??= Number(/kill -9 (\d+)/.exec(line)?.[1] ?? 0) || undefined;
      loadLines += /^ *\d+ s {2}source/.test(line) ? 1 : 0;
      if (node !== undefined && loadLines === KILL_AFTER_LINES) {
        loadLines++; // once
        process.kill(node, 'SIGKILL');
      }
    }
    const [exitCode] = await ended;
    const said = lines.join('\n');
    expect({ exitCode, equal: lines.includes('EQUAL') }, said).toEqual({ exitCode: 0, equal: true });
    expect(said).toContain('ERG_8002 order-oracle is not run');
    expect(said).toMatch(/process restarts [1-9]/);
    for (const pipeline of ['delivery-seller', 'order-delivery', 'order-hosting', 'order-seller', 'order-settlement']) {
      expect(said).toMatch(new RegExp(`^ *${pipeline}: [1-9]\\d* changes applied`, 'm'));
    }
    expect(said).not.toMatch(/^ *order-oracle:/m);
    rmSync(folder, { recursive: true, force: true });
  },
);
