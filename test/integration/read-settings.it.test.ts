/** Settings as files. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { renderEditorSchema } from '../../deploy/scripts/docs/render-editor-schema.ts';
import { checkSettings, readSettings } from '../../protocol/settings/read-settings.ts';
import { settingsJsonSchema } from '../../protocol/settings/settings-json-schema.ts';
import { renderProblem } from '../../protocol/settings/settings-problem.ts';
import { aSettingsText } from '../support/settings-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'ergate-settings-'));
const ORDER = join(import.meta.dirname, '../../deploy/settings/order.yaml');
const SIX = join(import.meta.dirname, '../../deploy/settings/six-pipelines.yaml');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function aFile(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('the settings that are shipped', () => {
  test.each([ORDER, SIX])('are valid as they are, with the defaults of their placeholders: %s', (file) => {
    expect(readSettings([file], {}).state).toMatchObject({ host: '127.0.0.1', port: 3306 });
  });

  test('take what the environment says', () => {
    expect(readSettings([ORDER], { ERGATE_STATE_PORT: '4406' }).state.port).toBe(4406);
  });

  test.each([ORDER, SIX])('are valid for an editor too, which sees the placeholders: %s', (file) => {
    const schema = z.fromJSONSchema(JSON.parse(renderEditorSchema(settingsJsonSchema)));
    const written = parse(readFileSync(file, 'utf8'));
    expect(schema.safeParse(written).error?.issues).toBeUndefined();
    expect(schema.safeParse({ ...written, nats: { servers: ['http://x'] } }).success).toBe(false);
    expect(schema.safeParse({ ...written, unknown: 1 }).success).toBe(false);
  });
});

describe('a file that cannot be read is named with the reason, and has its code (B115)', () => {
  const large = aFile('large.yaml', '');
  truncateSync(large, 100 * 1024 * 1024);
  mkdirSync(join(folder, 'a-folder.yaml'));
  const refused = aFile('refused.yaml', aSettingsText());
  chmodSync(refused, 0o000);

  test.each([
    ['missing', join(folder, 'missing.yaml'), 'no file of that name'],
    ['a directory', join(folder, 'a-folder.yaml'), 'a directory or device'],
    ['a device', '/dev/zero', 'a directory or device'],
    ['of 100 MB', large, 'a file of more than 1048576 bytes'],
    ['not UTF-8', aFile('latin1.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe9])), 'a file that is not UTF-8 text'],
  ])('%s', (_, path, got) => {
    expect(checkSettings([path], {}).problems.map(renderProblem)).toEqual([
      `${path}  expected a settings file, got ${got} (ERG_8003)`,
    ]);
  });

  test.skipIf(process.getuid?.() === 0)('one without the right to read it', () => {
    expect(checkSettings([refused], {}).problems[0]?.got).toBe('a file that may not be read');
  });

  test('no file at all', () => {
    expect(checkSettings([], {}).problems.map(renderProblem)).toEqual([
      '(no file)  expected a settings file, got none, try --config <file>',
    ]);
  });
});

test('a byte order mark in front is no part of the text', () => {
  const path = aFile('bom.yaml', `\ufeff${aSettingsText()}`);
  expect(readSettings([path], {}).environment).toBe('test');
});

test('a pipe is read like a file, up to the same limit', () => {
  const read = join(import.meta.dirname, '../../protocol/settings/read-text-file.ts');
  const script = `import(${JSON.stringify(read)}).then(({ readTextFile }) => console.log(readTextFile('/dev/stdin', 64)))`;
  const run = (input: string) =>
    execFileSync('sh', ['-c', 'cat | "$0" -e "$1"', process.execPath, script], {
      input,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  expect(run('version: 1').toString()).toBe('version: 1\n');
  expect(() => run('x'.repeat(1_000_000))).toThrow();
});

test('${file:…} is looked for beside the file that says it, and its last line end is no part of it', () => {
  mkdirSync(join(folder, 'conf'));
  aFile('conf/password.txt', 'hunter2\n');
  const state = 'state: { host: h, user: u, database: d, password: "${file:password.txt}" }';
  const path = aFile('conf/with-file.yaml', aSettingsText({ state }));
  expect(readSettings([path], {}).state.password.reveal()).toBe('hunter2');

  rmSync(join(folder, 'conf/password.txt'));
  expect(checkSettings([path], {}).problems.map(renderProblem)).toEqual([
    expect.stringContaining('expected a readable file for ${file:password.txt}, got no file of that name'),
  ]);
});

test('a process is told everything that is wrong in one error, up to fifty problems', () => {
  const unknown = Array.from({ length: 60 }, (_, index) => `zz${index}: 1`).join('\n');
  const path = aFile('wrong.yaml', `${aSettingsText()}\n${unknown}`);
  const error = (() => {
    try {
      return readSettings([path], {});
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toMatchObject({ code: 'ERG_8001', context: { problems: 60 } });
  const lines = String(error).split('\n');
  expect(lines[0]).toContain('60 problems in the settings');
  expect(lines).toHaveLength(52);
  expect(lines.at(-1)).toBe('  and 10 more');
});
