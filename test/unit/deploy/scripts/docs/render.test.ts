import { describe, expect, test } from 'vitest';
import { findStale } from '../../../../../deploy/scripts/docs/find-stale.ts';
import { renderTable } from '../../../../../deploy/scripts/docs/markdown.ts';
import { renderEditorSchema } from '../../../../../deploy/scripts/docs/render-editor-schema.ts';
import { renderErrors } from '../../../../../deploy/scripts/docs/render-errors.ts';
import { renderEvents } from '../../../../../deploy/scripts/docs/render-events.ts';
import { renderSettings } from '../../../../../deploy/scripts/docs/render-settings.ts';
import { ERROR_CODES } from '../../../../../protocol/errors/error-codes.ts';
import { EVENTS } from '../../../../../protocol/log/event-catalogue.ts';
import type { JsonSchema } from '../../../../../protocol/settings/settings-json-schema.ts';

describe('findStale', () => {
  test('names what is missing, different, or made by nothing', () => {
    const pages = new Map([
      ['a.md', 'a'],
      ['b.md', 'b'],
      ['c.md', 'c'],
    ]);
    const files = new Map([
      ['a.md', 'a'],
      ['b.md', 'old'],
      ['z.md', 'z'],
    ]);
    expect(findStale(pages, files)).toEqual([
      { name: 'b.md', problem: 'is not what the code says' },
      { name: 'c.md', problem: 'is missing' },
      { name: 'z.md', problem: 'is made by nothing' },
    ]);
    expect(findStale(pages, pages)).toEqual([]);
  });
});

test('a cell of a table cannot end its cell or its row', () => {
  expect(renderTable(['A'], [['x | y\nz']])).toBe('| A |\n| --- |\n| x \\| y z |');
});

test('the page of error codes has every code once, by number, below a title', () => {
  const page = renderErrors(ERROR_CODES);
  const shown = [...page.matchAll(/^### (ERG_\d{4})$/gm)].map(([, code]) => code);
  expect(shown).toEqual(Object.keys(ERROR_CODES).toSorted());
  expect(page.indexOf('\n## ')).toBeLessThan(page.indexOf('\n### '));
});

test('the page of events has every event once', () => {
  const shown = [...renderEvents(EVENTS).matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  expect(shown.toSorted()).toEqual(Object.keys(EVENTS).toSorted());
});

const SCHEMA: JsonSchema = {
  type: 'object',
  required: ['version', 'list'],
  additionalProperties: false,
  properties: {
    version: { const: 1, description: 'V.' },
    map: {
      type: 'object',
      default: {},
      description: 'M.',
      additionalProperties: {
        type: 'object',
        required: ['a'],
        properties: {
          a: { type: 'integer', minimum: 1, maximum: 9, description: 'A.' },
          password: { type: 'string', default: '', secret: true, description: 'S.' },
          wait: { type: 'string', default: '1s', range: 'a duration', pattern: '^x$', description: 'W.' },
        },
      },
    },
    list: { type: 'array', minItems: 1, items: { type: 'object', properties: { b: { type: 'boolean' } } } },
  },
};

test('the page of settings has a line for every value, with its range, default and meaning', () => {
  const lines = renderSettings(SCHEMA)
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(lines).toEqual([
    '| `version` | 1 | required | V. |',
    '| `map.<name>.a` | a whole number from 1 to 9 | required | A. |',
    '| `map.<name>.password` | a text | empty | S. |',
    '| `map.<name>.wait` | a duration | `1s` | W. |',
    '| `list[].b` | true or false |  |  |',
  ]);
});

test('the schema for editors lets placeholders pass and keeps what is ours out', () => {
  const text = renderEditorSchema(SCHEMA);
  expect(text).not.toMatch(/"(secret|range)":/);
  const schema = JSON.parse(text);
  expect(schema).toMatchObject({ required: ['version', 'list'], additionalProperties: false });
  const { a, password, wait } = schema.properties.map.additionalProperties.properties;
  const placeholder = { type: 'string', pattern: '\\$\\{' };
  expect(a.anyOf).toEqual([{ type: 'integer', minimum: 1, maximum: 9 }, placeholder]);
  expect(wait.anyOf).toEqual([{ type: 'string', pattern: '^x$' }, placeholder]);
  expect(password.anyOf).toEqual([{ type: ['string', 'number'] }, placeholder]);
});
