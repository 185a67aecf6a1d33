import { describe, expect, test } from 'vitest';
import { chooseTextDecoder } from '../../../../actors/capture/decode-text.ts';
import { chooseCellReader } from '../../../../actors/capture/read-cell.ts';

function readerOf(columnType: string, code = 0) {
  return chooseCellReader({ columnType, charset: undefined, decode: undefined, code });
}

describe('a value that the library gives', () => {
  test.each([
    ['tinyint(4)', -128, '-128'],
    ['bigint(20) unsigned', '18446744073709551615', '18446744073709551615'],
    ['int', Buffer.from('1'), undefined],
    ['float', Math.fround(1.1), '1.1'],
    ['float', Math.fround(16_777_216), '16777216'],
    ['float', Math.fround(-3.402_823_47e38), '-3.4028235e+38'],
    ['float', Math.fround(1.4e-45), '1e-45'],
    ['float', -0, '-0'],
    ['double', 0.1, '0.1'],
    ['double', -0, '-0'],
    ['double', '0.1', undefined],
    ['year(4)', 1900, '0000'],
    ['year(4)', 2155, '2155'],
    ['decimal(65,30)', '-0.000000000000000000000000000001', '-0.000000000000000000000000000001'],
    ['decimal(5,2)', 1.5, undefined],
    ['datetime(6)', '0000-00-00 00:00:00.000000', '0000-00-00 00:00:00.000000'],
    ['datetime', new Date(0), undefined],
    ['time', '-838:59:59', '-838:59:59'],
    ['time', '-00:00:64', '-00:01:00'],
    ['time', '-00:63:64', '-01:00:00'],
    ['time', '-99:63:64', '-100:00:00'],
    ['time(3)', '-00:00:64.000', '-00:01:00.000'],
    ["enum('a')", undefined, ''],
    ["enum('a')", 'a', 'a'],
    ["set('a','b')", 'a,b', 'a,b'],
    ['json', Buffer.from([5, 1, 0]), '1'],
    ['json', '{"a": 1.0}', undefined],
    ['blob', Buffer.from([0, 255]), 'AP8='],
    ['geomcollection', Buffer.from([0, 255]), 'AP8='],
    ['point', { x: 1, y: 2 }, undefined],
    ['varbinary(3)', 'text', undefined],
    ['bit(12)', Buffer.from([0x0a, 0xaa]), 'Cqo='],
  ])('of type %s: %j is %j', (type, value, cell) => {
    expect(readerOf(type)?.read(value)).toBe(cell);
  });

  test.each([
    ['varchar(9)', Buffer.from('é'), 'é'],
    ['char(9)', Buffer.from('\ufffd'), '\ufffd'],
    ['longtext', Buffer.from([0xed, 0xa0, 0x80]), undefined],
    ['text', 'a text', undefined],
  ])('of type %s in utf8mb4: %j is %j', (columnType, value, cell) => {
    const decode = chooseTextDecoder('utf8mb4', new Map());
    expect(chooseCellReader({ columnType, charset: 'utf8mb4', decode, code: 0 })?.read(value)).toBe(cell);
  });

  test('of characters whose set is not known: is not read', () => {
    expect(readerOf('varchar(9)')).toBeUndefined();
  });
});

test('every float is the shortest text that is the same 32-bit number', () => {
  const reader = readerOf('float');
  const view = new DataView(new ArrayBuffer(4));
  // A stride that is no power of two meets all exponents and all kinds of mantissas.
  for (let bits = 0; bits < 2 ** 32; bits += 655_357) {
    view.setUint32(0, bits);
    const value = view.getFloat32(0);
    if (Number.isFinite(value)) {
      const cell = reader?.read(value) ?? '';
      expect(Object.is(Math.fround(Number(cell)), value), `${value} as ${cell}`).toBe(true);
      expect(cell.replace(/e.*|[-.]/g, '').replace(/^0+|0+$/g, '').length).toBeLessThanOrEqual(9);
    }
  }
});

test.each(['uuid', 'inet6', 'vector(3)', 'toString', 'constructor', ''])(
  'a column of type "%s" has no reader',
  (type) => {
    expect(readerOf(type)).toBeUndefined();
  },
);

test.each([7, 11, 12])('a temporal column in the format of before MySQL 5.6 (code %d) has no reader', (code) => {
  expect(readerOf('datetime', code)).toBeUndefined();
});
