/** The ergate command as a process: what it prints where, and what it ends with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { SupervisorStatus } from '../../protocol/message/supervisor-status.ts';
import { SupervisorRig } from './supervisor-rig/rig.ts';

const ERGATE = fileURLToPath(new URL('../../supervisor/cli/ergate.ts', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../../deploy/settings/order.yaml', import.meta.url));
const SIX = fileURLToPath(new URL('../../deploy/settings/six-pipelines.yaml', import.meta.url));

let folder: string;
let rig: SupervisorRig;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ergate-cli-'));
  rig = await SupervisorRig.start(folder);
});

afterAll(async () => {
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

async function ergate(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [ERGATE, ...args], { cwd: folder, env: { PATH: '', ...env }, timeout: 30_000 });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (text.out += chunk));
  child.stderr.on('data', (chunk) => (text.err += chunk));
  const [exitCode] = await once(child, 'close');
  return { exitCode, ...text };
}

describe('wrong use', () => {
  test.each([
    ['no command', []],
    ['an unknown command', ['frobnicate']],
    ['an unknown flag', ['status', '--frob']],
    ['a flag without its value', ['status', '--config']],
    ['an unknown format', ['status', '-o', 'xml']],
    ['a name that is no name', ['node', '--node', 'Node 1']],
    ['too many arguments', ['version', 'please']],
  ])('%s ends with 2 and says on stderr how it is meant', async (_, args) => {
    const { exitCode, out, err } = await ergate(args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain('Usage: ergate');
  });

  test('help is no error', async () => {
    const { exitCode, out } = await ergate(['status', '--help']);
    expect(exitCode).toBe(0);
    expect(out).toContain('--watch');
  });
});

describe('settings', () => {
  test.each([[['node', 'list']], [['job', 'list']], [['status']]])('of %s are those that it names', async (command) => {
    const { exitCode, err } = await ergate([...command, '--config', 'other.yaml']);
    expect(exitCode).toBe(66);
    expect(err).toContain('other.yaml');
  });

  test('that are right are called valid', async () => {
    const { exitCode, out } = await ergate(['config', 'validate', '--config', EXAMPLE]);
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: 'valid. environment dev: 1 capture, 2 pipelines, 3 databases\n',
    });
  });

  test('with a pipeline that this version cannot run are valid, with a remark', async () => {
    const { exitCode, out } = await ergate(['config', 'validate', '--config', SIX]);
    expect(exitCode).toBe(0);
    expect(out.split('\n')).toEqual([
      'valid. environment dev: 2 captures, 6 pipelines, 7 databases',
      expect.stringMatching(/^remark: pipeline order-oracle is not run: .*oracle.*\(ERG_8002\)$/),
      '',
    ]);
  });

  test('that are wrong end with 78 and name every problem with file and line', async () => {
    writeFileSync(join(folder, 'wrong.yaml'), 'version: 1\nenvironment: Dev!\nkafka: { brokers: [] }\nfrob: 1\n');
    const { exitCode, err } = await ergate(['config', 'validate', '-c', 'wrong.yaml']);
    expect(exitCode).toBe(78);
    expect(err).toMatch(/wrong\.yaml:2:/);
    expect(err).toMatch(/wrong\.yaml:3:/);
    expect(err).toMatch(/wrong\.yaml:4:/);
  });

  test('that are not there end with 66; the file may come from ERGATE_CONFIG', async () => {
    const { exitCode, err } = await ergate(['config', 'validate', '-c', 'nowhere.yaml']);
    expect(exitCode).toBe(66);
    expect(err).toContain('nowhere.yaml');
    expect(await ergate(['config', 'validate'], { ERGATE_CONFIG: EXAMPLE })).toMatchObject({ exitCode: 0 });
  });

  test('are shown with defaults and without secrets', async () => {
    const { out } = await ergate(['config', 'show', '-c', EXAMPLE], { ERGATE_STATE_PASSWORD: 'hunter2' });
    expect(parse(out)).toMatchObject({
      environment: 'dev',
      state: { password: '(set)' },
      captures: { order: { partitions: 4 } },
    });
    expect(out).not.toContain('hunter2');
  });
});

describe('words', () => {
  test.each(['ERG_6001', 'erg-6001', '6001'])('explain %s', async (code) => {
    const { exitCode, out } = await ergate(['explain', code]);
    expect(exitCode).toBe(0);
    expect(out).toContain('ERG_6001 (fenced)');
  });

  test('an error code that does not exist ends with 2', async () => {
    expect(await ergate(['explain', 'ERG_0000'])).toMatchObject({ exitCode: 2, out: '' });
  });

  test('the version is that of the package', async () => {
    expect((await ergate(['version'])).out).toMatch(/^ergate \d+\.\d+\.\d+\n$/);
  });
});

describe('the status', () => {
  test('ends with 69 when NATS cannot be reached, and when there is no supervisor', async () => {
    const away = await ergate(['status', '-c', EXAMPLE], { ERGATE_NATS_URL: 'nats://127.0.0.1:1' });
    expect(away).toMatchObject({ exitCode: 69, out: '' });
    expect(away.err).toContain('ERG_6102: NATS cannot be reached at nats://127.0.0.1:1');
    const alone = await ergate(['status', '-c', rig.settingsFile]);
    expect(alone).toMatchObject({ exitCode: 69, out: '' });
    expect(alone.err).toContain('ERG_6008: the supervisor of environment rig does not answer');
  });

  test('is a table for people, and the whole document for programs', async () => {
    rig.startSupervisor();
    rig.startNode('node-1');
    await rig.until('all run', ({ summary }) => summary.jobs > 0 && summary.running === summary.jobs);
    const config = ['-c', rig.settingsFile];
    const { exitCode, out, err } = await ergate(['status', ...config]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out).toMatch(/6 of 6 jobs running/);
    expect(out).toMatch(/^sink\.orders\.0 +running/m);
    expect(out).not.toContain('\u001b');
    const json = JSON.parse((await ergate(['status', ...config, '-o', 'json'])).out) as SupervisorStatus;
    expect(json.summary.running).toBe(6);
    const yaml = parse((await ergate(['job', 'list', ...config, '-o', 'yaml'])).out) as SupervisorStatus['jobs'];
    expect(yaml.map(({ job }) => job.name)).toEqual(json.jobs.map(({ job }) => job.name));
    expect((await ergate(['node', 'list', ...config])).out).toMatch(/^node-1 +live/m);
    expect((await ergate(['job', 'get', 'sink.orders.3', ...config])).out).toContain('committedOffset');
    expect(await ergate(['job', 'get', 'sink.orders.9', ...config])).toMatchObject({ exitCode: 1, out: '' });
  });

  test('ends quietly when nobody reads it any more', async () => {
    const child = spawn(process.execPath, [ERGATE, 'status', '--watch', '-c', rig.settingsFile]);
    let err = '';
    child.stderr.on('data', (chunk) => (err += chunk));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [exitCode] = await once(child, 'exit');
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  });

  test('that is watched ends with 0 on Ctrl-C', async () => {
    const child = spawn(process.execPath, [ERGATE, 'status', '--watch', '-c', rig.settingsFile]);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [exitCode] = await once(child, 'exit');
    expect(exitCode).toBe(0);
  });
});
