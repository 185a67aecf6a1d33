import { expect, test } from 'vitest';
import { canonStoredJson, respellStoredJson } from '../../../../../actors/row/canon/stored-json.ts';

test('doubles of a shown document are spelled as the capture spells them', () => {
  const shown = '{"1e20": "1e20", "a\\"1e5\\\\": [1e20, -1e-5, 0.0000001, 1.5, 100.0, 12, -0.0], "b": true}';
  expect(respellStoredJson(shown)).toBe(
    `{"1e20": "1e20", "a\\"1e5\\\\": [1${'0'.repeat(20)}.0, -0.00001, 1e-7, 1.5, 100.0, 12, -0.0], "b": true}`,
  );
});

test('decimals of a shown document keep their digits', () => {
  for (const shown of [
    '[1.10, 0.00, 3.000]',
    '1.000000000000000005',
    '12345678901234567890.5',
    '18446744073709551616',
  ]) {
    expect(respellStoredJson(shown)).toBe(shown);
  }
});

test('long texts in a document are passed over', () => {
  const shown = `["${'\\"1e5'.repeat(1_000_000)}", 1e20]`;
  expect(respellStoredJson(shown)).toBe(shown.replace(' 1e20]', ` 1${'0'.repeat(20)}.0]`));
});

test.each([
  [
    '{"bb":1,"a":{"c":[],"b":{}},"é":null,"B":"\\u00e9\\/"}',
    '{"B": "é/", "a": {"b": {}, "c": []}, "bb": 1, "é": null}',
  ],
  [
    '[1.50,1e2,-0,1,18446744073709551615,100000000000000000000]',
    `[1.5, 100.0, -0.0, 1, 18446744073709551615, 1${'0'.repeat(20)}.0]`,
  ],
  ['1.000000000000000005', '1.000000000000000005'],
  ['{"__proto__":1,"10":2,"9":3}', '{"9": 3, "10": 2, "__proto__": 1}'],
  [' "a" ', '"a"'],
])('%s is stored as %s', (text, stored) => {
  expect(canonStoredJson(text)).toBe(stored);
  expect(canonStoredJson(stored)).toBe(stored);
});

test('what is no JSON has no stored form', () => {
  expect(['{', '', '[1,]', 'NaN', "{'a':1}"].map(canonStoredJson)).toEqual(Array.from({ length: 5 }, () => undefined));
});
