import { describe, expect, test } from 'vitest';
import { readJson } from '../../../../actors/capture/read-json.ts';

/** Bytes by the description of the format; what a real server logs is in test/integration/capture-values.it.test.ts. */
const MEMBER = '0001000c000b00010005010061';

describe('JSON as MySQL logs it', () => {
  test.each([
    ['0400', 'null'],
    ['0401', 'true'],
    ['05ffff', '-1'],
    ['0700000080', '-2147483648'],
    ['090000000000000080', '-9223372036854775808'],
    ['0affffffffffffffff', '18446744073709551615'],
    ['0b000000000000f03f', '1.0'],
    ['0b0000000000000080', '-0.0'],
    ['0c03220a41', '"\\"\\nA"'],
    ['0200000400', '[]'],
    [MEMBER, '{"a": 1}'],
    ['', 'null'],
  ])('%s is %s', (hex, text) => {
    expect(readJson(Buffer.from(hex, 'hex'))).toBe(text);
  });

  test('bytes that end too early, of an unknown type or that lead in a circle have no text', () => {
    for (const hex of ['09', '0c05ab', '0d00', '0b000000000000f07f', '0201000800020000']) {
      expect(readJson(Buffer.from(hex, 'hex'))).toBeUndefined();
    }
  });

  test('no bytes make it throw', () => {
    const whole = Buffer.from(MEMBER, 'hex');
    for (let at = 0; at < whole.length; at += 1) {
      for (let byte = 0; byte < 256; byte += 1) {
        const broken = Buffer.from(whole);
        broken[at] = byte;
        expect(['string', 'undefined']).toContain(typeof readJson(broken));
      }
    }
  });
});
