import { describe, expect, test } from 'vitest';
import { type CharacterTable, chooseTextDecoder } from '../../../../actors/capture/decode-text.ts';

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const decode = (set: string, hex: string, tables: ReadonlyMap<string, CharacterTable> = new Map()) =>
  chooseTextDecoder(set, tables)?.(bytes(hex));

describe('by rule', () => {
  test.each([
    ['utf8mb4', 'f09f9880 efbfbd 00', '😀\ufffd\0'],
    ['utf8mb3', 'ed959c', '한'],
    ['utf8', '', ''],
    ['utf8mb3', 'eda080', undefined],
    ['utf8mb4', 'efbfbd eda080', undefined],
    ['utf8mb4', 'c3', undefined],
    ['ascii', '007e7f', '\0~\x7f'],
    ['ascii', '80', undefined],
    ['latin1', '80 81 8d 9f a0 e9 ff', '€\x81\x8dŸ\xa0éÿ'],
    ['ucs2', '0061d55c', 'a한'],
    ['ucs2', 'd83dde00', undefined],
    ['utf16', '0061 d83dde00', 'a😀'],
    ['utf16', 'd83d', undefined],
    ['utf16', '006100', undefined],
    ['utf16', 'feff', '\ufeff'],
    ['utf16le', '61003dd800de', 'a😀'],
    ['utf32', '00000061 0001f600', 'a😀'],
    ['utf32', '0000d800', undefined],
    ['utf32', '00110000', undefined],
    ['utf32', '000061', undefined],
  ])('%s %s is %j', (set, hex, text) => {
    expect(decode(set, hex)).toBe(text);
  });
});

describe('by a table of the source', () => {
  const table: CharacterTable = {
    single: new Map([
      [0x41, 'A'],
      [0xb1, 'ｱ'],
    ]),
    wide: new Map([
      [0x815c, '―'],
      [0x8fa2af, '˘'],
    ]),
  };
  const tables = new Map([['odd', table]]);

  test.each([
    ['41 b1 815c 8fa2af 41', 'Aｱ―˘A'],
    ['', ''],
    ['42', undefined],
    ['81', undefined],
    ['8141', undefined],
    ['41 8fa2', undefined],
  ])('%s is %j', (hex, text) => {
    expect(decode('odd', hex, tables)).toBe(text);
  });

  test('a set without a table has no decoder', () => {
    expect(chooseTextDecoder('gb18030', tables)).toBeUndefined();
  });
});
