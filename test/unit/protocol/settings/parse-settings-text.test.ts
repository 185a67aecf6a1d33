import { describe, expect, test } from 'vitest';
import { parseSettingsText } from '../../../../protocol/settings/parse-settings-text.ts';
import { type SettingsNode, toPlain } from '../../../../protocol/settings/settings-node.ts';
import { renderProblem } from '../../../../protocol/settings/settings-problem.ts';

const SOURCES = { env: {}, readFile: () => '' };

function plainOf(text: string): unknown {
  const { root, problems } = parseSettingsText('a.yaml', text, SOURCES);
  expect(problems).toEqual([]);
  return toPlain(root as SettingsNode); // without problems there is a root
}

function problemsOf(text: string): readonly string[] {
  return parseSettingsText('a.yaml', text, SOURCES).problems.map(renderProblem);
}

describe('what is not YAML as we take it is refused at its place', () => {
  test.each([
    ['an unclosed list (B115)', 'a: [1, 2', 'a.yaml:1:9  expected valid YAML, got '],
    ['a tab as indentation (B115)', 'a:\n\tb: 1', 'a.yaml:2:1  expected spaces as indentation, got a tab'],
    ['an empty text (B115)', '', 'a.yaml  expected settings, got an empty file, try version: 1'],
    ['a text of comments only (B115)', '# nothing\n', 'a.yaml  expected settings, got an empty file'],
    ['a second document', 'a: 1\n---\nb: 2', 'a.yaml:2:1  expected one YAML document, got a second one'],
    ['a tag (B119)', 'a: !!js/function "f"', 'a.yaml:1:4  expected plain values, got a tag'],
    [
      'an alias without its anchor, perhaps a password,',
      'a: *b',
      'a.yaml:1:4  a: expected an anchor of that name in front of the alias, got none',
    ],
    ['a map as a key', '? { a: 1 }\n: 2', 'a.yaml:1:3  expected a name as key, got something else'],
    ['the key __proto__ (B119)', 'a: 1\n__proto__: { b: 1 }', 'a.yaml:2:1  expected a name as key'],
    ['brackets nested too deeply (B119)', '['.repeat(20_000), 'a.yaml  expected a few levels of maps'],
  ])('%s', (_, text, shown) => {
    expect(problemsOf(text)[0]).toContain(shown);
  });

  test('a key that stands twice in one map is named, and everything else is still read (B117)', () => {
    const { root, problems } = parseSettingsText('a.yaml', 'a: { b: 1, b: 2 }\nc: 3', SOURCES);
    expect(problems.map(renderProblem)).toEqual([
      'a.yaml:1:12  a.b: expected every key once in a map, got a second one of the same name',
    ]);
    expect(toPlain(root as SettingsNode)).toEqual({ a: { b: 1 }, c: 3 }); // there is a root
  });

  test('all faults of one text are told at once', () => {
    expect(problemsOf('a: !x 1\nb: !y 2\nc: !z 3').map((line) => line.split(' ', 1)[0])).toEqual([
      'a.yaml:1:4',
      'a.yaml:2:4',
      'a.yaml:3:4',
    ]);
  });

  test('a fault never shows the text around it', () => {
    for (const text of ['password: "hunter2', "password: 'hunter2", 'password: {hunter2', 'password: hunter2: x']) {
      expect(problemsOf(text).length).toBeGreaterThan(0);
      expect(problemsOf(text).join('\n')).not.toContain('hunter2');
    }
  });
});

describe('scalars', () => {
  test.each([
    ['no', 'no'],
    ['on', 'on'],
    ['0123', '0123'],
    ['1_000', '1_000'],
    ['12:30:00', '12:30:00'],
    ['1e3', '1e3'],
    ['0x1F', '0x1F'],
    ['12345678901234567890', '12345678901234567890'],
    ['2024-01-01', '2024-01-01'],
    ['.inf', '.inf'],
    ['12', 12],
    ['-1.5', -1.5],
    ['true', true],
    ['~', null],
    ['', null],
    ['"12"', '12'],
  ])('%j is read as %j (B118)', (written, value) => {
    expect(plainOf(`a: ${written}`)).toEqual({ a: value });
  });

  test('a text over several lines stays one text', () => {
    expect(plainOf('a: |\n  one\n  two\nb: one\n  two')).toEqual({ a: 'one\ntwo\n', b: 'one two' });
  });
});

describe('aliases', () => {
  test('an alias stands for what its anchor was when it was written', () => {
    expect(plainOf('a: &x 1\nb: &y [*x]\nc: &x 2\nd: *y\ne: *x')).toEqual({ a: 1, b: [1], c: 2, d: [1], e: 2 });
  });

  test('a key may have an anchor', () => {
    expect(plainOf('&k a: 1\nb: *k')).toEqual({ a: 1, b: 'a' });
  });

  test('merge keys are not followed (B119)', () => {
    expect(plainOf('a: &x { b: 1 }\nc: { <<: *x }')).toEqual({ a: { b: 1 }, c: { '<<': { b: 1 } } });
  });

  test.each([
    ['multiply', `a0: &a0 [${'x,'.repeat(9)}]\n${multiply(9)}`],
    ['stand in a ring', 'a: &a [*a]'],
  ])('aliases that %s are refused (B119)', (_, text) => {
    expect(problemsOf(text)).toEqual([
      expect.stringContaining('expected at most 200000 values, 32 levels deep, aliases expanded, got more'),
    ]);
  });

  // The library alone takes the square of their number, half a minute for these.
  test.each([
    ['aliases', `a: &a 1\nb: [${'*a ,'.repeat(20_000)}]`],
    ['keys of one map', Array.from({ length: 40_000 }, (_, index) => `k${index}: 1`).join('\n')],
  ])('very many %s are read soon', { timeout: 20_000 }, (_, text) => {
    const startedMs = performance.now();
    expect(problemsOf(text)).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

function multiply(levels: number): string {
  return Array.from(
    { length: levels },
    (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`,
  ).join('\n');
}
