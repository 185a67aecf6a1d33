import { describe, expect, test } from 'vitest';
import { type Cell, JsonDocument } from '../../../../../protocol/change/cell.ts';
import { getColumnForm, isColumnForm } from '../../../../../protocol/change/decode/column-form.ts';

function convert(form: string, cell: Cell): Cell | undefined {
  const convertCell = getColumnForm(form).convert;
  return convertCell === undefined ? cell : convertCell(cell);
}

const bytes = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

describe('a value becomes the text that its column shows', () => {
  const rows: [form: string, cell: Cell, expected: Cell][] = [
    ['plain', '1.10', '1.10'],
    ['date', '0', '1970-01-01'],
    ['date', '-1', '1969-12-31'],
    ['date', '11016', '2000-02-29'],
    ['date', '-25509', '1900-02-28'],
    ['date', '-25508', '1900-03-01'],
    ['date', '-719528', '0000-01-01'],
    ['date', '-719469', '0000-02-29'],
    ['date', '2932896', '9999-12-31'],
    ['time-ms', '0', '00:00:00'],
    ['time-ms', '86399999', '23:59:59.999'],
    ['time-us', '1', '00:00:00.000001'],
    ['time-us', '-1', '-00:00:00.000001'],
    ['time-us', '-0', '00:00:00'],
    ['time-us', '3600000000', '01:00:00'],
    ['time-us', '-3661000000', '-01:01:01'],
    ['time-us', '-3661500000', '-01:01:01.5'],
    ['time-us', '3020399000000', '838:59:59'],
    ['time-us', '-3020399000000', '-838:59:59'],
    ['time-ns', '86399999999999', '23:59:59.999999999'],
    ['datetime-ms', '0', '1970-01-01 00:00:00'],
    ['datetime-ms', '-1', '1969-12-31 23:59:59.999'],
    ['datetime-ms', '-1000', '1969-12-31 23:59:59'],
    ['datetime-ms', '253402300799999', '9999-12-31 23:59:59.999'],
    ['datetime-ms', '-62167219200000', '0000-01-01 00:00:00'],
    ['datetime-us', '-1', '1969-12-31 23:59:59.999999'],
    ['datetime-us', '1767225600123450', '2026-01-01 00:00:00.12345'],
    ['datetime-us', '9007199254740993', '2255-06-05 23:47:34.740993'],
    ['datetime-us', '253402300799999999', '9999-12-31 23:59:59.999999'],
    ['datetime-us', '-62167219200000000', '0000-01-01 00:00:00'],
    ['datetime-ns', '1767225600123456789', '2026-01-01 00:00:00.123456789'],
    ['zoned', '2026-01-31T12:00:00Z', '2026-01-31 12:00:00'],
    ['zoned', '2026-01-31T12:00:00.500Z', '2026-01-31 12:00:00.5'],
    ['zoned', '2026-01-31T12:00:00.000001+00:00', '2026-01-31 12:00:00.000001'],
    ['zoned', '2026-01-31T12:00:00.000Z', '2026-01-31 12:00:00'],
    ['iso-date', '1000-01-01Z', '1000-01-01'],
    ['iso-date', '2026-01-31', '2026-01-31'],
    ['iso-time', '23:59:59Z', '23:59:59'],
    ['iso-time', '23:59:59.120Z', '23:59:59.12'],
    ['iso-time', '00:00:00.000001+00:00', '00:00:00.000001'],
    ['decimal-0', bytes('00'), '0'],
    ['decimal-2', bytes('00'), '0.00'],
    ['decimal-2', bytes('7f'), '1.27'],
    ['decimal-2', bytes('80'), '-1.28'],
    ['decimal-2', bytes('ff'), '-0.01'],
    ['decimal-0', bytes('7fffffffffff'), '140737488355327'],
    ['decimal-0', bytes('800000000000'), '-140737488355328'],
    ['decimal-0', bytes('00ffffffffffffffff'), '18446744073709551615'],
    ['decimal-30', bytes('ffffffffffffffffff'), '-0.000000000000000000000000000001'],
    ['unsigned', '-1', '18446744073709551615'],
    ['unsigned', '-9223372036854775808', '9223372036854775808'],
    ['unsigned', '9223372036854775807', '9223372036854775807'],
    ['bits', bytes('0102'), bytes('0201')],
    ['bits', bytes('0100000000000080'), bytes('8000000000000001')],
    ['bit-number', '5', bytes('0000000000000005')],
    ['bit-number', '1024', bytes('0000000000000400')],
    ['bit-number', '18446744073709551615', bytes('ffffffffffffffff')],
    ['bit-number', true, true],
    ['hex', '', ''],
    ['hex', '00fF', bytes('00ff')],
    ['base64url', '_-8=', bytes('ffef')],
    ['base64url', '_-8', bytes('ffef')],
    ['set', new JsonDocument('["x","y"]'), 'x,y'],
    ['set', new JsonDocument('[]'), ''],
    ['set', 'x,y', 'x,y'],
    ['enum', 'a\\,b', 'a,b'],
    ['enum', 'a,b', 'a,b'],
  ];
  test.each(rows)('%s: %j is %j', (form, cell, expected) => {
    expect(convert(form, cell)).toEqual(expected);
  });
});

describe('a value that is not written in its form is refused', () => {
  const rows: [form: string, cell: Cell][] = [
    ['date', 'x'],
    ['date', '1.5'],
    ['date', ''],
    ['date', true],
    ['date', '1e3'],
    ['date', '-719529'],
    ['date', '2932897'],
    ['date', new JsonDocument('[1]')],
    ['datetime-ms', '253402300800000'],
    ['datetime-us', '99999999999999999999'],
    ['datetime-us', '2026-01-01 00:00:00'],
    ['time-us', '1.0'],
    ['zoned', '2026-01-31T12:00:00+09:00'],
    ['zoned', '2026-01-31 12:00:00'],
    ['zoned', '1767225600000'],
    ['iso-date', '2026-01-31+09:00'],
    ['iso-date', '2026-01-31T00:00:00Z'],
    ['iso-date', '10000-01-01Z'],
    ['iso-time', '23:59:59+09:00'],
    ['iso-time', '-01:00:00Z'],
    ['iso-time', true],
    ['decimal-2', ''],
    ['decimal-2', '1.50'],
    ['decimal-2', 'AQ'],
    ['decimal-2', false],
    ['unsigned', '1.0'],
    ['bits', 'AQ'],
    ['bit-number', '-1'],
    ['bit-number', '18446744073709551616'],
    ['hex', '0'],
    ['hex', 'zz'],
    ['base64url', '+/=='],
    ['set', new JsonDocument('["a,b"]')],
    ['set', new JsonDocument('[1]')],
    ['set', new JsonDocument('{}')],
    ['enum', true],
  ];
  test.each(rows)('%s: %j', (form, cell) => {
    expect(convert(form, cell)).toBeUndefined();
  });
});

test.each(['decimal', 'decimal-39', 'decimal--1', '', 'Date', 'constructor'])('%j is no form', (form) => {
  expect(isColumnForm(form)).toBe(false);
});
