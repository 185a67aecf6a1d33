import { describe, expect, test } from 'vitest';
import type { SourceColumn } from '../../../../actors/capture/binlog-reader.ts';
import { buildReadableLayout, type LoggedColumn } from '../../../../actors/capture/build-layout.ts';

const logged = (name: string, columnType: string, unsigned?: boolean): LoggedColumn => ({
  name,
  columnType,
  unsigned,
  code: 3,
  charset: undefined,
  decode: undefined,
  members: undefined,
});

const ID = logged('id', 'int', false);
const YEAR = logged('y', 'year', false);

function build(columns: readonly LoggedColumn[], current: Readonly<Record<string, string>>, yearShiftsSigns: boolean) {
  const asColumn = ([name, type]: [string, string]): [string, SourceColumn] => [
    name,
    { name, dataType: type.split(' ')[0] ?? '', unsigned: type.includes('unsigned'), virtual: false },
  ];
  return buildReadableLayout({
    table: 't',
    logged: columns,
    current: new Map(Object.entries(current).map(asColumn)),
    recordKey: ['id'],
    yearShiftsSigns,
  });
}

const now = (v: string) => ({ id: 'int', y: 'year', v });

describe('the sign of a column', () => {
  test.each([true, false])('that the table has too is believed, behind a YEAR as well (MySQL: %s)', (isMysql) => {
    const layout = build([ID, YEAR, logged('v', 'int unsigned', true)], now('int unsigned'), isMysql);
    expect(layout.forms).toEqual(['number', 'text', 'number']);
  });

  test.each([true, false])('that the table has otherwise is refused (MySQL: %s)', (isMysql) => {
    expect(() => build([ID, YEAR, logged('v', 'int unsigned', true)], now('int'), isMysql)).toThrow('ERG_1504');
  });

  test.each([
    ['altered', { id: 'int', y: 'year', v: 'bigint' }],
    ['dropped', { id: 'int', y: 'year' }],
  ])('of a column that was %s since is doubted only behind a YEAR of MySQL', (_, current) => {
    const v = logged('v', 'int', false);
    expect(() => build([ID, YEAR, v], current, true)).toThrow('ERG_1504');
    expect(build([ID, YEAR, v], current, false).names).toEqual(['id', 'y', 'v']);
    expect(build([ID, v, YEAR], current, true).names).toEqual(['id', 'v', 'y']);
    expect(build([ID, YEAR, { ...logged('v', 'varchar(9)'), decode: String }], current, true).names).toEqual([
      'id',
      'y',
      'v',
    ]);
  });
});
