import { describe, expect, test } from 'vitest';
import { keepsJsonNumbers } from '../../../../../../actors/target/mysql/literal/json-number.ts';

describe('numbers of a JSON document', () => {
  test.each([
    '18446744073709551615',
    '-9223372036854775808',
    '[0.1, -0.0, 1.50, 1E2, 1e-7, 5e-324, 100000000000000000000]',
    '{"1.000000000000000005": "18446744073709551616 \\" 1.000000000000000005"}',
    '{"a\\\\": 1}',
    `["${'x'.repeat(1_000_000)}"]`,
    'null',
  ])('are kept: %.60s', (document) => {
    expect(keepsJsonNumbers(document)).toBe(true);
  });

  test.each([
    '18446744073709551616',
    '[-9223372036854775809]',
    '{"a":1.000000000000000005}',
    '0.1234567890123456789',
    '1e400',
    '1e-400',
    '{"a\\\\": 0.30000000000000001}',
  ])('would be rounded: %s', (document) => {
    expect(keepsJsonNumbers(document)).toBe(false);
  });
});
