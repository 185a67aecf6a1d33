import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROW = /^\| (?<trap>[LT]\d+) \|.*\| (?:–|`(?<file>[^`]+)`: (?<name>[^|]+)) \|$/;
/** Of an adapter that does not exist. */
const UNTESTED = ['T18', 'T43'];

interface Listed {
  readonly trap: string;
  readonly file: string | undefined;
  readonly name: string;
}

const lines = readFileSync('docs/traps.md', 'utf8').split('\n');
const listed: readonly Listed[] = lines.flatMap((line) => {
  const { trap, file, name = '' } = ROW.exec(line)?.groups ?? {};
  return trap === undefined ? [] : [{ trap, file, name: name.trim() }];
});

test('the page of traps has the four loss sequences and every trap, each once', () => {
  const expected = [...[1, 2, 3, 4].map((n) => `L${n}`), ...Array.from({ length: 45 }, (_, index) => `T${index + 1}`)];
  expect(listed.map(({ trap }) => trap)).toEqual(expected);
  expect(listed.filter(({ file }) => file === undefined).map(({ trap }) => trap)).toEqual(UNTESTED);
});

test.each(listed.filter(({ file }) => file !== undefined))(
  '$trap has the test that the page names',
  ({ file = '', name }) => {
    expect(existsSync(file), file).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain(name);
  },
);
