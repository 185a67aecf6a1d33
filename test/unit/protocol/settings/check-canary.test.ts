import { expect, test } from 'vitest';
import { aSettingsText, problemsOf, readTexts } from '../../../support/settings-text.ts';

const withCanary = (canary: string, table = 'shardKey: seller_no') =>
  aSettingsText({
    pipelines: `pipelines:
  order-seller:
    source: { database: order, topic: cdc.order }
    target: { database: seller, shardBy: modulo }
    tables: { orders: { ${table} } }
    verification: { canary: { ${canary} } }`,
  });

test('numbers may be written as such', () => {
  const reading = readTexts([withCanary("table: orders, where: { order_no: [901, '0902'] }")]);
  expect(reading.problems).toEqual([]);
  expect(reading.settings?.pipelines['order-seller']?.verification?.canary).toEqual({
    table: 'orders',
    where: { order_no: ['901', '0902'] },
    every: 300_000,
  });
});

test.each([
  [
    'a table that is not replicated',
    'table: items, where: { id: [1] }',
    /canary\.table: expected a table of the pipeline: orders, got items$/,
  ],
  ['no column', 'table: orders, where: {}', /canary\.where: expected columns of the primary key .* got none$/],
  ['no value', 'table: orders, where: { id: [] }', /canary\.where\.id: expected/],
  [
    'a marker column',
    'table: orders, where: { ergate_seq: [1] }',
    /where\.ergate_seq: expected columns that the target has/,
  ],
  [
    'too many rows',
    `table: orders, where: { a: [${[...Array(40).keys()]}], b: [${[...Array(40).keys()]}] }`,
    /canary\.where: expected .* 1 to 1000 rows, got 1600 rows$/,
  ],
  [
    'a time in which no verifier looks',
    'table: orders, where: { id: [1] }, within: 2m',
    /canary\.within: expected more than delay.* got 120000 ms, with a delay of 120000 ms$/,
  ],
])('%s is refused', (_, canary, shown) => {
  expect(problemsOf(withCanary(canary))).toEqual([expect.stringMatching(shown)]);
});

test('a column that is ignored names no row', () => {
  const text = withCanary('table: orders, where: { no: [1] }', 'shardKey: seller_no, ignoreColumns: [no]');
  expect(problemsOf(text)).toEqual([expect.stringMatching(/where\.no: expected columns that the target has/)]);
});
