import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../../../protocol/errors/error-codes.ts';

test.each(Object.entries(ERROR_CODES))(
  '%s says what happened, what ergate does and what a person does',
  (code, info) => {
    expect(code).toMatch(/^ERG_[1-9]\d{3}$/);
    for (const text of [info.meaning, info.system, info.operator]) {
      expect(text).toMatch(/^[A-Za-z].*[.]$/s);
    }
  },
);

test('no two tables give one code different meanings: the later one would replace the other', async () => {
  const folder = join(import.meta.dirname, '../../../../protocol/errors');
  const files = readdirSync(folder).filter((file) => file.endsWith('-codes.ts'));
  expect(files.length).toBeGreaterThan(5);
  const modules = await Promise.all(files.map((file) => import(join(folder, file))));
  const tables = modules.flatMap((module) => Object.values(module)) as object[]; // each exports its tables only
  const given = tables.flatMap((table) => Object.entries(table));
  expect(given.filter(([code, info]) => Reflect.get(ERROR_CODES, code) !== info)).toEqual([]);
});
