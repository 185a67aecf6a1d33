import { expect, test } from 'vitest';
import { writerLabelPrefix } from '../../../../../actors/target/mysql/writer-label.ts';

test('labels differ by database, pipeline and partition, and fit a lock name with the longest id', () => {
  const scopes = [
    { database: 'a', pipeline: 'b', partition: 1 },
    { database: 'a', pipeline: 'b', partition: 11 },
    { database: 'a', pipeline: 'b1', partition: 1 },
    { database: 'ab', pipeline: '', partition: 1 },
    { database: `it's`, pipeline: 'b', partition: 1 },
  ];
  const labels = scopes.map(writerLabelPrefix);
  expect(new Set(labels).size).toBe(labels.length);
  for (const label of labels) {
    expect(`${label}18446744073709551615`).toMatch(/^[a-z0-9:]{1,64}$/);
  }
});
