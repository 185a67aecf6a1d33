import { expect, test } from 'vitest';
import { aSettingsText, problemsOf, readTexts } from '../../../support/settings-text.ts';

const CANARY = 'canary: { table: orders, where: { order_no: [901] } }';

const pipeline = (name: string, rest: string) => `
  ${name}:
    source: { database: order, topic: cdc.order }
    target: { database: seller, shardBy: modulo }
    tables: { orders: { shardKey: seller_no } }
    ${rest}`;
const withPipelines = (...pipelines: readonly string[]) =>
  aSettingsText({ pipelines: `pipelines:${pipelines.join('')}` });

test('a pipeline applies its changes when nothing else is said', () => {
  expect(readTexts([withPipelines(pipeline('p', ''))]).settings?.pipelines['p']?.apply).toBe(true);
});

test('one that applies nothing is verified, and may name tables that another pipeline writes', () => {
  const reading = readTexts([
    withPipelines(pipeline('old', ''), pipeline('beside', 'apply: false\n    verification: {}')),
  ]);
  expect(reading.problems).toEqual([]);
  expect(reading.settings?.pipelines['beside']?.apply).toBe(false);
});

test('two that apply still may not', () => {
  expect(problemsOf(withPipelines(pipeline('old', ''), pipeline('new', 'verification: {}')))).toEqual([
    expect.stringMatching(/new\.tables\.orders: expected a target table of its own/),
  ]);
});

test.each([
  ['without verification it has nothing to do', '', /p\.apply: expected verification beside it.* got false$/],
  [
    'a canary would be written',
    `verification: { ${CANARY} }`,
    /p\.verification\.canary: expected none, since apply is false/,
  ],
  [
    'a repair would be written',
    'verification: { recovery: { mode: repair } }',
    /p\.verification\.recovery\.mode: expected observe, since apply is false.* got repair/,
  ],
])('one that applies nothing: %s', (_, rest, shown) => {
  expect(problemsOf(withPipelines(pipeline('p', `apply: false\n    ${rest}`)))).toEqual([expect.stringMatching(shown)]);
});
