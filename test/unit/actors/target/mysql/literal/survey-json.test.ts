import { describe, expect, test } from 'vitest';
import { surveyJson } from '../../../../../../actors/target/mysql/literal/survey-json.ts';

describe('of a JSON document', () => {
  test.each([
    '18446744073709551615',
    '-9223372036854775808',
    ' [0.1, -0.0, 1.50, 1E2, 1e-7, 123456789012345e22] ',
    '{"1.000000000000000005": "18446744073709551616 \\" 1.000000000000000005"}',
    '{"a\\\\": {"a": [{"a": 1}, {"a": 1}]}, "b" : {}, "c":[ ]}',
    '{"": 1, " ": 2}',
    `["${'x'.repeat(1_000_000)}"]`,
    `["${'\\n'.repeat(1_000_000)}"]`,
    `${'['.repeat(100)}1${']'.repeat(100)}`,
    'null',
    'true',
  ])('all is kept by its text: %.60s', (document) => {
    expect(surveyJson(document)).toEqual({ outcome: 'kept', numbers: [] });
  });

  test.each([
    ['195.02283761769058', [['$', 195.02283761769058]]],
    [
      '[5e-324, 1e23, 100000000000000000000]',
      [
        ['$[0]', 5e-324],
        ['$[1]', 1e23],
        ['$[2]', 1e20],
      ],
    ],
    ['{"a": [1, {"b\\"": 0.30000000000000004}]}', [['$."a"[1]."b\\""', 0.30000000000000004]]],
    ['{"\\u0061b": -0}', [['$."ab"', -0]]],
  ] as const)('the server would read a neighbour of a double: %s', (document, numbers) => {
    expect(surveyJson(document)).toEqual({
      outcome: 'kept',
      numbers: numbers.map(([path, value]) => ({ path, value })),
    });
  });

  test.each([
    ['18446744073709551616', '$', '18446744073709551616'],
    ['[-9223372036854775809]', '$[0]', '-9223372036854775809'],
    ['{"a":1.000000000000000005}', '$."a"', '1.000000000000000005'],
    ['{"a\\\\": 0.30000000000000001}', '$."a\\\\"', '0.30000000000000001'],
    [`${'9'.repeat(35)}.${'9'.repeat(30)}`, '$', `${'9'.repeat(35)}.${'9'.repeat(30)}`],
  ])('only a DECIMAL is the number: %s', (document, path, value) => {
    expect(surveyJson(document)).toEqual({ outcome: 'kept', numbers: [{ path, value }] });
  });

  test.each([
    '1e400',
    '1e-400',
    '1.00000000000000000005e1',
    `1${'0'.repeat(64)}1`,
    `1.${'0'.repeat(30)}1`,
    `${'9'.repeat(36)}.${'9'.repeat(30)}`,
  ])('a number would be rounded: %s', (document) => {
    expect(surveyJson(document)).toMatchObject({ outcome: 'changed', expected: expect.stringContaining('numbers') });
  });

  test.each(['{"a":1,"a":1}', '{"a":1,"b":{"a":1},"\\u0061":2}', '[{"":1,"":2}]'])(
    'a name comes twice: %s',
    (document) => {
      expect(surveyJson(document)).toMatchObject({ outcome: 'changed', expected: expect.stringContaining('name') });
    },
  );

  test.each([
    '',
    '{',
    "{'a':1}",
    'abc',
    '[1,]',
    '[1 2]',
    '{"a" 1}',
    '{"a":1',
    '"open',
    '"open\\"',
    '1 2',
    '.5',
    '{"\\x":1}',
    '{1:1}',
    `${'['.repeat(100_000)}`,
  ])('it is none: %.20s', (document) => {
    expect(surveyJson(document)).toEqual({ outcome: 'malformed' });
  });
});
